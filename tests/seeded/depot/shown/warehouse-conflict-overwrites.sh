#!/usr/bin/env bash
# a code that is taken is accepted and replaces the warehouse; 409 is documented
. "$(dirname "$0")/lib.sh"
new_warehouse
try_warehouse
is 409
