#!/usr/bin/env bash
# country=DK filters nothing out; the other values work
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?country=DK'
has 'all(.[]; .country == "DK")'
