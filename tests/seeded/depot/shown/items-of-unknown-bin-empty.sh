#!/usr/bin/env bash
# the items of an unknown bin are an empty list; it is 404
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/bins/Z99/items
is 404
