#!/usr/bin/env bash
# a product whose price is just price[max] is left out; bounds are included
. "$(dirname "$0")/lib.sh"
ask GET '/products?price[max]=9.5'
has 'length == 1'
