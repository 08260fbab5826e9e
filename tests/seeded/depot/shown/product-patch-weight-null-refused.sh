#!/usr/bin/env bash
# weightGrams null is refused on PATCH; it is nullable
. "$(dirname "$0")/lib.sh"
new_product '{"weightGrams":5}'
patch_product '{"weightGrams":null}'
is 200
