#!/usr/bin/env bash
# {} is accepted; minProperties is 1
. "$(dirname "$0")/lib.sh"
new_product
patch_product '{}'
is 422
