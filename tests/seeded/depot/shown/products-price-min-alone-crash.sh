#!/usr/bin/env bash
# price[min] without price[max] is answered with 500; both are optional
. "$(dirname "$0")/lib.sh"
ask GET '/products?price[min]=10'
is 200
