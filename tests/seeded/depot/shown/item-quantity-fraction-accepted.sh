#!/usr/bin/env bash
# quantity 1.5 is accepted; it is an integer
. "$(dirname "$0")/lib.sh"
new_bin
try_item '{"quantity":1.5}'
is 422
