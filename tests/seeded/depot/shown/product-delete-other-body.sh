#!/usr/bin/env bash
# the body is {deleted: true}; it is the product
. "$(dirname "$0")/lib.sh"
new_product
ask DELETE "/products/$id"
has '.sku == "TEST0001"'
