#!/usr/bin/env bash
# any key is accepted; an unknown one is 401
key=nobody
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01/bins
is 401
