#!/usr/bin/env bash
# a reader key may change a warehouse; readers use GET alone
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
merge /warehouses/OSL-01 '{"capacity":5}'
is 403
