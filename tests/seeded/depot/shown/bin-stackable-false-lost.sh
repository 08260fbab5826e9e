#!/usr/bin/env bash
# stackable false becomes true (`given || true`); only a bin without the member gets the default
. "$(dirname "$0")/lib.sh"
new_bin '{"stackable":false}'
has '.stackable == false'
