#!/usr/bin/env bash
# a reader is answered with 404; it is 403
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/bins "$bin"
is 403
