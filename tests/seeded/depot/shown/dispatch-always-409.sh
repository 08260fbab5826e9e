#!/usr/bin/env bash
# a planned delivery is answered with 409; it can be dispatched
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
is 200
