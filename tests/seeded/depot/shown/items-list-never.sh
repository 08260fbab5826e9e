#!/usr/bin/env bash
# every list of items is answered with 404; the bin is there
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/bins/A1/items
is 200
