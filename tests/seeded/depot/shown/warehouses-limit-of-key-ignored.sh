#!/usr/bin/env bash
# the list shows all warehouses to a key for OSL-01; it shows only its own
key=depot-oslo-key
. "$(dirname "$0")/lib.sh"
ask GET /warehouses
has 'length == 1'
