#!/usr/bin/env bash
# Link has no rel="next"; it has one unless the page is the last
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses/OSL-01/bins?limit=2'
header 'Link: .*rel="next".*'
