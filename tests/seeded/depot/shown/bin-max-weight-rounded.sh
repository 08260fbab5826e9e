#!/usr/bin/env bash
# maxWeight 42.5 is kept as 43; it is a number, not an integer
. "$(dirname "$0")/lib.sh"
new_bin '{"maxWeight":42.4}'
has '.maxWeight == 42.4'
