#!/usr/bin/env bash
# 2028-02-29 is refused; it is a date
. "$(dirname "$0")/lib.sh"
try_delivery '{"arrives_on":"2028-02-29"}'
is 201
