#!/usr/bin/env bash
# the body [] is accepted; it must be an object
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse '[]'
is 422
