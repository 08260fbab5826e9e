#!/usr/bin/env bash
# a negative quantity is accepted; the minimum is 0
. "$(dirname "$0")/lib.sh"
new_bin
try_item '{"quantity":-1}'
is 422
