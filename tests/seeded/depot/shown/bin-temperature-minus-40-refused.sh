#!/usr/bin/env bash
# -40 degrees are refused; -40 is the minimum and allowed
. "$(dirname "$0")/lib.sh"
new_warehouse
try_bin '{"minTemperature":-40}'
is 201
