#!/usr/bin/env bash
# a key for OSL-01 counts STO-01; it gets 403 there
key=depot-oslo-key
. "$(dirname "$0")/lib.sh"
json POST /warehouses/STO-01/stocktakes '{"mode":"full"}'
is 403
