#!/usr/bin/env bash
# a product without currency gets null; the default is NOK
. "$(dirname "$0")/lib.sh"
new_product
has '.currency == "NOK"'
