#!/usr/bin/env bash
# X-Total-Count is the length of the page; it counts all pages
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?limit=2'
header 'X-Total-Count: 7'
