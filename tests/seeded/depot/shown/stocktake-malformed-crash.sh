#!/usr/bin/env bash
# a body that is no JSON is answered with 500; 400 is documented
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/stocktakes '{'
is 400
