#!/usr/bin/env bash
# a new draft is not listed; the list has all products
. "$(dirname "$0")/lib.sh"
new_product
ask GET '/products?sort=-id&limit=1'
has ".[0].id == $id"
