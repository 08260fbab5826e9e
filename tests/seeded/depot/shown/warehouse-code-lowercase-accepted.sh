#!/usr/bin/env bash
# a lower-case code is accepted; the pattern wants capitals
. "$(dirname "$0")/lib.sh"
try_warehouse '{"code":"zzz-01"}'
is 422
