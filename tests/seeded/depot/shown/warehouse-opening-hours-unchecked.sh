#!/usr/bin/env bash
# the values of the map are not checked; each is {opens, closes}
. "$(dirname "$0")/lib.sh"
try_warehouse '{"opening_hours":{"monday":{"opens":"25:99"}}}'
is 422
