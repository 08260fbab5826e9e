#!/usr/bin/env bash
# the body of 422 has no details; they are required
. "$(dirname "$0")/lib.sh"
try_product '{"price":-1}'
has '.details|type == "array"'
