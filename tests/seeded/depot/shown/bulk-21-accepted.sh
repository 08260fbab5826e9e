#!/usr/bin/env bash
# 21 products are accepted; maxItems is 20
. "$(dirname "$0")/lib.sh"
json POST /products/bulk "$(jq -cn '[range(21)|{sku:"BULK\(.+1000)",name:"b",price:1}]')"
is 422
