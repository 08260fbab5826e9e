#!/usr/bin/env bash
# the mode partial is refused; the enum has it
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/stocktakes '{"mode":"partial"}'
is 202
