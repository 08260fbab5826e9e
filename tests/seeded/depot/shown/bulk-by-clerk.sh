#!/usr/bin/env bash
# a clerk key may create many products; it needs a manager
key=depot-clerk-key
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[{"sku":"BULK01","name":"b","price":1}]'
is 403
