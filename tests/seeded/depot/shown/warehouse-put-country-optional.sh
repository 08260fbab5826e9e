#!/usr/bin/env bash
# a replacement without country is accepted; it is required
. "$(dirname "$0")/lib.sh"
new_warehouse
json PUT /warehouses/ZZZ-01 '{"name":"Test"}'
is 422
