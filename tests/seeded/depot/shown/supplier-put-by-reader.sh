#!/usr/bin/env bash
# a reader key may replace a supplier; readers use GET alone
key=depot-reader-key
. "$(dirname "$0")/lib.sh"
id=1
put_supplier
is 403
