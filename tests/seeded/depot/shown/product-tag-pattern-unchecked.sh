#!/usr/bin/env bash
# a tag in capitals is accepted; items have a pattern
. "$(dirname "$0")/lib.sh"
try_product '{"tags":["TOOLS 1"]}'
is 422
