#!/usr/bin/env bash
# a version that is not there yet is accepted; it must be the current one, else 409
. "$(dirname "$0")/lib.sh"
new_delivery
put_delivery '{"version":7}'
is 409
