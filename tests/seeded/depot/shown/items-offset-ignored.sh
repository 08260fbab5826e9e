#!/usr/bin/env bash
# offset is ignored; it passes over entries
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/OSL-01/bins/A1/items?limit=2&offset=2'
has '[.[].sku] == ["NAILS500"]'
