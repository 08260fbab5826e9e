#!/usr/bin/env bash
# a new bin is answered with 200; it is 201
. "$(dirname "$0")/lib.sh"
new_warehouse
try_bin
is 201
