#!/usr/bin/env bash
# changing the price resets the currency; the others stay
. "$(dirname "$0")/lib.sh"
new_product '{"currency":"EUR"}'
patch_product '{"price":5}'
has '.currency == "EUR"'
