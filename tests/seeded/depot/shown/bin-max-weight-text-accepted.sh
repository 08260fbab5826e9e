#!/usr/bin/env bash
# maxWeight "heavy" is accepted; it is a number
. "$(dirname "$0")/lib.sh"
new_warehouse
try_bin '{"maxWeight":"heavy"}'
is 422
