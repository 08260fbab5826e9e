#!/usr/bin/env bash
# rating=0 is accepted; the minimum is 1
. "$(dirname "$0")/lib.sh"
try_supplier '&rating=0'
is 422
