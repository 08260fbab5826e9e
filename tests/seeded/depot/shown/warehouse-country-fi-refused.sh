#!/usr/bin/env bash
# the country FI is refused; the enum has it
. "$(dirname "$0")/lib.sh"
try_warehouse '{"country":"FI"}'
is 201
