#!/usr/bin/env bash
# without limit a page has 25 entries; the default is 20
. "$(dirname "$0")/lib.sh"
ask GET /products
has 'length == 20'
