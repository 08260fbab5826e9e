#!/usr/bin/env bash
# the body null is answered with 500; it breaks the schema, 422
. "$(dirname "$0")/lib.sh"
json POST /warehouses/OSL-01/bins 'null'
is 422
