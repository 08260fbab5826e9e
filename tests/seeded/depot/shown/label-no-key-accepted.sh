#!/usr/bin/env bash
# a request without key is answered; it needs a key
key=
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label
is 401
