#!/usr/bin/env bash
# the answer shows the lot, and it is not kept
. "$(dirname "$0")/lib.sh"
new_item '{"lot":"L-1"}'
ask GET /warehouses/ZZZ-01/bins/Z9/items/TEST0001
has '.lot == "L-1"'
