#!/usr/bin/env bash
# the bins of a deleted warehouse can still be read; everything in it is gone
. "$(dirname "$0")/lib.sh"
new_bin
ask DELETE /warehouses/ZZZ-01
need 204
ask GET /warehouses/ZZZ-01/bins/Z9
is 404
