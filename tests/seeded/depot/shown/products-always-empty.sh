#!/usr/bin/env bash
# the list is always empty; products are there
. "$(dirname "$0")/lib.sh"
ask GET /products
has 'length > 0'
