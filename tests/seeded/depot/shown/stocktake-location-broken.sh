#!/usr/bin/env bash
# Location names a path that is not there; the job is at /jobs/{jobId}
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/stocktakes '{"mode":"full"}'
need 202
ask GET "$(printf %s "$head" | sed -n 's/^[Ll]ocation: //p')"
is 200
