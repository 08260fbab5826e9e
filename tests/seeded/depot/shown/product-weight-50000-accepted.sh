#!/usr/bin/env bash
# 50000 grams are accepted; the maximum is exclusive
. "$(dirname "$0")/lib.sh"
try_product '{"weightGrams":50000}'
is 422
