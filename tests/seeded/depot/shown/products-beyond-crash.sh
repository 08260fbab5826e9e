#!/usr/bin/env bash
# an offset beyond the last product is answered with 500; it is an empty page
. "$(dirname "$0")/lib.sh"
ask GET '/products?offset=1000'
is 200
