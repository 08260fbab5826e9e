#!/usr/bin/env bash
# heated null is accepted on PATCH; it is not nullable
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse '{"heated":null}'
is 422
