#!/usr/bin/env bash
# an unknown supplier is accepted; 422 is documented
. "$(dirname "$0")/lib.sh"
try_product '{"supplierId":99999}'
is 422
