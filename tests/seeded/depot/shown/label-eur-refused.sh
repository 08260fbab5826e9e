#!/usr/bin/env bash
# the cookie currency=EUR is refused; the enum has it
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label -H 'Cookie: currency=EUR'
is 200
