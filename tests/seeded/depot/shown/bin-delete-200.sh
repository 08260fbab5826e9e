#!/usr/bin/env bash
# a deleted bin is answered with 200 and a body; it is 204
. "$(dirname "$0")/lib.sh"
new_bin
ask DELETE /warehouses/ZZZ-01/bins/Z9
is 204
