#!/usr/bin/env bash
# a clerk key may delete a warehouse; it needs a manager
key=depot-clerk-key
. "$(dirname "$0")/lib.sh"
ask DELETE /warehouses/TRD-01
is 403
