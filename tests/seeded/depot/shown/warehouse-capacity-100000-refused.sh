#!/usr/bin/env bash
# the capacity 100000 is refused; it is the maximum and allowed
. "$(dirname "$0")/lib.sh"
try_warehouse '{"capacity":100000}'
is 201
