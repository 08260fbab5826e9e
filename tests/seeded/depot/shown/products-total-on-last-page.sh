#!/usr/bin/env bash
# on the last page X-Total-Count is offset + limit; it is the number of entries
. "$(dirname "$0")/lib.sh"
ask GET '/products?limit=10&offset=20'
header 'X-Total-Count: 26'
