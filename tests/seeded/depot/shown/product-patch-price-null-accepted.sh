#!/usr/bin/env bash
# price null is accepted; it is not nullable
. "$(dirname "$0")/lib.sh"
new_product
patch_product '{"price":null}'
is 422
