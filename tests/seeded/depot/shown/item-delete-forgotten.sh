#!/usr/bin/env bash
# a deleted item is still there; it is deleted
. "$(dirname "$0")/lib.sh"
new_item
ask DELETE /warehouses/ZZZ-01/bins/Z9/items/TEST0001
need 204
ask GET /warehouses/ZZZ-01/bins/Z9/items/TEST0001
is 404
