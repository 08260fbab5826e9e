#!/usr/bin/env bash
# a key in the query is accepted; only listSuppliers and getSupplier take it there
key=
. "$(dirname "$0")/lib.sh"
ask GET '/products/1001?api_key=depot-manager-key'
is 401
