#!/usr/bin/env bash
# an unknown product is answered with 200 and null; it is 404
. "$(dirname "$0")/lib.sh"
ask GET /products/99999
is 404
