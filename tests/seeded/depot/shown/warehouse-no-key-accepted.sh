#!/usr/bin/env bash
# a request without key is answered; it needs a key
key=
. "$(dirname "$0")/lib.sh"
ask GET /warehouses/OSL-01
is 401
