#!/usr/bin/env bash
# 0.29 is refused because 0.29 % 0.01 is not 0 in floating point; it is a multiple of 0.01
. "$(dirname "$0")/lib.sh"
try_warehouse '{"floor_area":0.29}'
is 201
