#!/usr/bin/env bash
# a stocktake is answered with 201; it is 202
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/stocktakes '{"mode":"full"}'
is 202
