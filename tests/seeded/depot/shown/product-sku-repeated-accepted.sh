#!/usr/bin/env bash
# a sku that is taken is accepted; 409 is documented
. "$(dirname "$0")/lib.sh"
new_product
try_product
is 409
