#!/usr/bin/env bash
# of two lines with one sku only the last is kept; lines need not be unique
. "$(dirname "$0")/lib.sh"
try_delivery '{"lines":[{"sku":"TEST0001","quantity":1},{"sku":"TEST0001","quantity":2}]}'
has '.lines|length == 2'
