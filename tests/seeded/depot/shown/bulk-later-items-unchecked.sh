#!/usr/bin/env bash
# only the first product is checked; each must fit the schema
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[{"sku":"BULK01","name":"b","price":1},{"sku":"BULK02","name":"b","price":-1}]'
is 422
