#!/usr/bin/env bash
# the area 0 is accepted; the minimum 0 is exclusive
. "$(dirname "$0")/lib.sh"
try_warehouse '{"floor_area":0}'
is 422
