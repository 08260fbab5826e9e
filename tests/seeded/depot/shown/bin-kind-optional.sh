#!/usr/bin/env bash
# a bin without kind is accepted; kind is required
. "$(dirname "$0")/lib.sh"
new_warehouse
json POST /warehouses/ZZZ-01/bins '{"bin":"Z9"}'
is 422
