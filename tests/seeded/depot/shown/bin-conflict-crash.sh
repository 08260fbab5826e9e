#!/usr/bin/env bash
# a bin that is there already is answered with 500; 409 is documented
. "$(dirname "$0")/lib.sh"
new_bin
try_bin
is 409
