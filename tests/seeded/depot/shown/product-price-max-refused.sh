#!/usr/bin/env bash
# the price 999999.99 is refused; it is the maximum and allowed
. "$(dirname "$0")/lib.sh"
try_product '{"price":999999.99}'
is 201
