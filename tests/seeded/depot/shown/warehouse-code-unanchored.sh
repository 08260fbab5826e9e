#!/usr/bin/env bash
# text after the code is accepted; the pattern ends with $
. "$(dirname "$0")/lib.sh"
try_warehouse '{"code":"ZZZ-011"}'
is 422
