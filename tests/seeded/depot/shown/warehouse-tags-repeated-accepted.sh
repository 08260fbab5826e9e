#!/usr/bin/env bash
# a tag twice is accepted; items are unique
. "$(dirname "$0")/lib.sh"
try_warehouse '{"tags":["a","a"]}'
is 422
