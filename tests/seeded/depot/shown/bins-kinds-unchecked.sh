#!/usr/bin/env bash
# an unknown kind in the list is accepted; items are of the enum
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/OSL-01/bins?kinds=shelf,moon'
is 400
