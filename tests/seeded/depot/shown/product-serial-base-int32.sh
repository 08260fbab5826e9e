#!/usr/bin/env bash
# a serialBase above 2147483647 is refused; it is an int64
. "$(dirname "$0")/lib.sh"
try_product '{"serialBase":2147483648}'
is 201
