#!/usr/bin/env bash
# prices are sorted as texts (1049.9 before 9.5); they are numbers
. "$(dirname "$0")/lib.sh"
ask GET '/products?sort=price&limit=50'
has '[.[].price] | . == sort'
