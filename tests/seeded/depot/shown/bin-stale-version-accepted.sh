#!/usr/bin/env bash
# a stale version is accepted; 409 is documented
. "$(dirname "$0")/lib.sh"
new_bin
put_bin
need 200
put_bin
is 409
