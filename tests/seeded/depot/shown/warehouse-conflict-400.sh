#!/usr/bin/env bash
# a code that is taken is answered with 400; it is 409
. "$(dirname "$0")/lib.sh"
new_warehouse
try_warehouse
is 409
