#!/usr/bin/env bash
# the body null is answered with 500; it breaks the schema, 422
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse 'null'
is 422
