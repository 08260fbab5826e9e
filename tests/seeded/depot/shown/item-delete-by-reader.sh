#!/usr/bin/env bash
# a reader key may delete an item; readers use GET alone
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
ask DELETE /warehouses/OSL-01/bins/A1/items/GLUE0001
is 403
