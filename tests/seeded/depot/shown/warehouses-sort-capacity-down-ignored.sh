#!/usr/bin/env bash
# sort=-capacity sorts from the smallest up; - sorts down
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?sort=-capacity'
has '[.[].capacity] | . == (sort|reverse)'
