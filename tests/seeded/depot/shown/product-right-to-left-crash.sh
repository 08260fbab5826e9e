#!/usr/bin/env bash
# a right-to-left name is answered with 500; the name may have any characters
. "$(dirname "$0")/lib.sh"
try_product '{"name":"מחסן"}'
is 201
