#!/usr/bin/env bash
# the body of 404 is HTML; it is JSON
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/bins/A1/items/NONE0000
has 'has("code")'
