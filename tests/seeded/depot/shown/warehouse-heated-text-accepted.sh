#!/usr/bin/env bash
# heated "yes" is accepted and kept; it is a boolean
. "$(dirname "$0")/lib.sh"
try_warehouse '{"heated":"yes"}'
is 422
