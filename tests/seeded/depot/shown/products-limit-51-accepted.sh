#!/usr/bin/env bash
# limit=51 is accepted; the maximum is 50
. "$(dirname "$0")/lib.sh"
ask GET '/products?limit=51'
is 400
