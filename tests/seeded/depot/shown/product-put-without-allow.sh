#!/usr/bin/env bash
# 405 has no Allow; the header is required
. "$(dirname "$0")/lib.sh"
json PUT /products/1001 '{}'
header 'Allow: .+'
