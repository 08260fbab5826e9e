#!/usr/bin/env bash
# new products are answered with 200; it is 201
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[{"sku":"BULK01","name":"b","price":1}]'
is 201
