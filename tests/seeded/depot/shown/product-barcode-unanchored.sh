#!/usr/bin/env bash
# a barcode of 14 digits is accepted; the pattern wants 13
. "$(dirname "$0")/lib.sh"
try_product '{"barcode":"12345678901234"}'
is 422
