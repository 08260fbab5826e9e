#!/usr/bin/env bash
# a page beyond the last is answered with 404; it is an empty array
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?offset=100'
is 200
