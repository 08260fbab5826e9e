#!/usr/bin/env bash
# attributes {} is refused; there is no minProperties
. "$(dirname "$0")/lib.sh"
try_product '{"attributes":{}}'
is 201
