#!/usr/bin/env bash
# the area 10.005 is accepted; it must be a multiple of 0.01
. "$(dirname "$0")/lib.sh"
try_warehouse '{"floor_area":10.005}'
is 422
