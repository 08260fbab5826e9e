#!/usr/bin/env bash
# HEAD says X-Total-Count: 0; it has the header fields of GET
. "$(dirname "$0")/lib.sh"
ask HEAD /products
header 'X-Total-Count: 26'
