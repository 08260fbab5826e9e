#!/usr/bin/env bash
# quantity 0 is refused as missing; 0 is the minimum and allowed
. "$(dirname "$0")/lib.sh"
new_bin
try_item '{"quantity":0}'
is 201
