#!/usr/bin/env bash
# the lot "" is accepted; minLength is 1
. "$(dirname "$0")/lib.sh"
new_bin
try_item '{"lot":""}'
is 422
