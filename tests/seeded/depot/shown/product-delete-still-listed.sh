#!/usr/bin/env bash
# a deleted product is still listed; it is gone
. "$(dirname "$0")/lib.sh"
new_product
ask DELETE "/products/$id"
need 200
ask GET '/products?sort=-id&limit=1'
has ".[0].id != $id"
