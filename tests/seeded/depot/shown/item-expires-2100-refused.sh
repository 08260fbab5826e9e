#!/usr/bin/env bash
# a date of 2100 or later is refused; format date has no such bound
. "$(dirname "$0")/lib.sh"
new_bin
try_item '{"expires_on":"2100-01-01"}'
is 201
