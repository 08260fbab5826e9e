#!/usr/bin/env bash
# [] is accepted; minItems is 1
. "$(dirname "$0")/lib.sh"
json POST /products/bulk '[]'
is 422
