#!/usr/bin/env bash
# maxWeight 2000 is refused; it is the maximum and allowed
. "$(dirname "$0")/lib.sh"
new_warehouse
try_bin '{"maxWeight":2000}'
is 201
