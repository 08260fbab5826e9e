#!/usr/bin/env bash
# 7 tags are accepted; maxItems is 6
. "$(dirname "$0")/lib.sh"
try_product '{"tags":["aa","bb","cc","dd","ee","ff","gg"]}'
is 422
