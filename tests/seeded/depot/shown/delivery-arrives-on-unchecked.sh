#!/usr/bin/env bash
# "soon" is accepted as arrives_on; it is a date
. "$(dirname "$0")/lib.sh"
try_delivery '{"arrives_on":"soon"}'
is 422
