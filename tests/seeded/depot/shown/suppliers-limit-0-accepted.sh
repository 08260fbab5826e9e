#!/usr/bin/env bash
# limit=0 is accepted; the minimum is 1
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?limit=0'
is 400
