#!/usr/bin/env bash
# a carrier of 1 character is accepted; minLength is 2
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch '{"carrier":"x"}'
is 422
