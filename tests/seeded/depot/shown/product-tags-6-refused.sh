#!/usr/bin/env bash
# 6 tags are refused; maxItems is 6
. "$(dirname "$0")/lib.sh"
try_product '{"tags":["aa","bb","cc","dd","ee","ff"]}'
is 201
