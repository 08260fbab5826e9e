#!/usr/bin/env bash
# a line of 0 pieces is accepted; the minimum is 1
. "$(dirname "$0")/lib.sh"
try_delivery '{"lines":[{"sku":"TEST0001","quantity":0}]}'
is 422
