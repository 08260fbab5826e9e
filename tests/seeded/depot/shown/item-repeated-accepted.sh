#!/usr/bin/env bash
# a sku that is in the bin already is accepted; 409 is documented
. "$(dirname "$0")/lib.sh"
new_item
try_item
is 409
