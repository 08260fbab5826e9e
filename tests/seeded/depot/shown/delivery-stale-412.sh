#!/usr/bin/env bash
# a stale version is answered with 412; it is 409
. "$(dirname "$0")/lib.sh"
new_delivery
put_delivery
need 200
put_delivery
is 409
