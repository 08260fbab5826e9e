#!/usr/bin/env bash
# a URI with a query is refused; format uri allows it
. "$(dirname "$0")/lib.sh"
try_product '{"homepage":"https://test.example/p?a=b"}'
is 201
