#!/usr/bin/env bash
# an id of 20 digits is answered with 500; 404 is documented
. "$(dirname "$0")/lib.sh"
ask GET /products/99999999999999999999
is 404
