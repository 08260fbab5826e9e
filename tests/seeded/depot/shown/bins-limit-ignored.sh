#!/usr/bin/env bash
# a key for OSL-01 reads the bins of STO-01; it gets 403 there
key=depot-oslo-key
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/STO-01/bins
is 403
