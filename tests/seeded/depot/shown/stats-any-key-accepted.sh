#!/usr/bin/env bash
# a key that only begins like one is accepted; it is unknown, 401
key=depot-xyz
. "$(dirname "$0")/lib.sh"
ask GET /products/stats
is 401
