#!/usr/bin/env bash
# total does not count new products; it is the total of listProducts
. "$(dirname "$0")/lib.sh"
new_product
ask GET /products/stats
has '.total == 27'
