#!/usr/bin/env bash
# PUT is answered with 404; it is 405
. "$(dirname "$0")/lib.sh"
json PUT /products/1001 '{}'
is 405
