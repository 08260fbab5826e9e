#!/usr/bin/env bash
# a limit of 20 digits is answered with 500; 400 is documented
. "$(dirname "$0")/lib.sh"
ask GET '/products?limit=99999999999999999999'
is 400
