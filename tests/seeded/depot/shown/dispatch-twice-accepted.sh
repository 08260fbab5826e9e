#!/usr/bin/env bash
# a delivery that is dispatched is dispatched again; 409 is documented
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
need 200
dispatch
is 409
