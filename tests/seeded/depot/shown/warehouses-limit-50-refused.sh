#!/usr/bin/env bash
# limit=50 is refused; it is the maximum and allowed
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?limit=50'
is 200
