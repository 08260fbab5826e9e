#!/usr/bin/env bash
# application/json is accepted; only application/merge-patch+json is documented
. "$(dirname "$0")/lib.sh"
new_warehouse
json PATCH /warehouses/ZZZ-01 '{"capacity":5}'
is 415
