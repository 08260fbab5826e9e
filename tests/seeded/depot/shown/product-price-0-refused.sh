#!/usr/bin/env bash
# the price 0 is refused as missing; 0 is the minimum and allowed
. "$(dirname "$0")/lib.sh"
try_product '{"price":0}'
is 201
