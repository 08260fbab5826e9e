#!/usr/bin/env bash
# stackable is ignored when kinds is given; several filters are all applied
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/OSL-01/bins?kinds=pallet&stackable=true'
has 'length == 1'
