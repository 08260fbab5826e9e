#!/usr/bin/env bash
# price 0 and null change nothing (`if (value)`); they are values as others
. "$(dirname "$0")/lib.sh"
new_product
patch_product '{"price":0}'
has '.price == 0'
