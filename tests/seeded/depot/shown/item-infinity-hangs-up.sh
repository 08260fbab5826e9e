#!/usr/bin/env bash
# the connection is closed on quantity 1e400; it is above the maximum, 422
. "$(dirname "$0")/lib.sh"
new_bin
json POST /warehouses/ZZZ-01/bins/Z9/items '{"sku":"TEST0001","quantity":1e400}'
is 422 400
