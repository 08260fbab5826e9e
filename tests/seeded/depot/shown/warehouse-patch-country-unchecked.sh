#!/usr/bin/env bash
# an unknown country is accepted on PATCH; the enum lacks it
. "$(dirname "$0")/lib.sh"
new_warehouse
patch_warehouse '{"country":"XX"}'
is 422
