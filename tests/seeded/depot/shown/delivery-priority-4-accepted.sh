#!/usr/bin/env bash
# the priority 4 is accepted; the enum ends at 3
. "$(dirname "$0")/lib.sh"
try_delivery '{"priority":4}'
is 422
