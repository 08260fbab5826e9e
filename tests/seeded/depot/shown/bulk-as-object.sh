#!/usr/bin/env bash
# the body is {products: […]}; it is an array
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[{"sku":"BULK01","name":"b","price":1}]'
has 'type == "array"'
