#!/usr/bin/env bash
# the last product is missing in the answer; it has all, in the order of the request
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[{"sku":"BULK01","name":"b","price":1},{"sku":"BULK02","name":"b","price":1}]'
has 'length == 2'
