#!/usr/bin/env bash
# every stocktake is refused with 403; the key suffices
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/stocktakes '{"mode":"full"}'
is 202
