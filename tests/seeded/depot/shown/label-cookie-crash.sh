#!/usr/bin/env bash
# a lone % in the cookie is answered with 500; it is not of the enum, 400
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label -H 'Cookie: currency=%'
is 400
