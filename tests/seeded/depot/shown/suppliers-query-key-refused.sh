#!/usr/bin/env bash
# a key in the query is refused; this operation takes it there
key=
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?api_key=depot-manager-key'
is 200
