#!/usr/bin/env bash
# price[min]=cheap is ignored; it is a number, and 400 is documented
. "$(dirname "$0")/lib.sh"
ask GET '/products?price[min]=cheap'
is 400
