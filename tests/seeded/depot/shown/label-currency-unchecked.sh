#!/usr/bin/env bash
# an unknown currency in the cookie is accepted; the enum lacks it
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label -H 'Cookie: currency=XXX'
is 400
