#!/usr/bin/env bash
# a replacement without version is answered with 409, not 422; version is required
. "$(dirname "$0")/lib.sh"
new_bin
json PUT /warehouses/ZZZ-01/bins/Z9 '{"kind":"shelf"}'
is 422
