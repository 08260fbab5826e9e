#!/usr/bin/env bash
# only the first of several kinds counts; bins of any of them are listed
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/OSL-01/bins?kinds=shelf,pallet'
has 'length == 4'
