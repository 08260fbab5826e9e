#!/usr/bin/env bash
# the capacity 0 is accepted; the minimum is 1
. "$(dirname "$0")/lib.sh"
try_warehouse '{"capacity":0}'
is 422
