#!/usr/bin/env bash
# a bin of the required members alone is refused for want of maxWeight, which has a default
. "$(dirname "$0")/lib.sh"
new_warehouse
try_bin
is 201
