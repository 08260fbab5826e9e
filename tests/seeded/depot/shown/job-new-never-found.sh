#!/usr/bin/env bash
# a new job is answered with 404; its address was just given
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/stocktakes '{"mode":"full"}'
need 202
ask GET "/jobs/$(get .id)"
is 200
