#!/usr/bin/env bash
# an attribute called "constructor" or "12" is answered with 500; any name is allowed
. "$(dirname "$0")/lib.sh"
try_product '{"attributes":{"constructor":"a","12":"b"}}'
is 201
