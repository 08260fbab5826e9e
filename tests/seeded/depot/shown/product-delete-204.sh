#!/usr/bin/env bash
# a deleted product is answered with 204; it is 200 with the product
. "$(dirname "$0")/lib.sh"
new_product
ask DELETE "/products/$id"
is 200
