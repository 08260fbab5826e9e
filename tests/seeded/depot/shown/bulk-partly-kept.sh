#!/usr/bin/env bash
# products before a conflict are kept; all are created or none
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[{"sku":"BULK01","name":"b","price":1},{"sku":"HAMME000","name":"b","price":1}]'
need 409
ask GET '/products?sort=-id&limit=1'
has '.[0].sku != "BULK01"'
