#!/usr/bin/env bash
# limit is ignored; at most so many entries
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/OSL-01/bins?limit=2'
has 'length == 2'
