#!/usr/bin/env bash
# an unknown supplier is accepted on PATCH; a body that refers to what is not there is 422
. "$(dirname "$0")/lib.sh"
new_product
patch_product '{"supplierId":99999}'
is 422
