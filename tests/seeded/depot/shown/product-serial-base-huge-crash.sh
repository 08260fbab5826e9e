#!/usr/bin/env bash
# a serialBase beyond 2^53 is answered with 500; it is an int64
. "$(dirname "$0")/lib.sh"
json POST /products '{"sku":"TEST0001","name":"Test","price":10,"serialBase":9223372036854775807}'
is 201
