#!/usr/bin/env bash
# Allow names other methods than the documented ones
. "$(dirname "$0")/lib.sh"
json PUT /products/1001 '{}'
header 'Allow: GET, HEAD, PATCH, DELETE'
