#!/usr/bin/env bash
# 20 products at once are refused; maxItems is 20
. "$(dirname "$0")/lib.sh"
json POST /products/bulk "$(jq -cn '[range(20)|{sku:"BULK\(.+1000)",name:"b",price:1}]')"
is 201
