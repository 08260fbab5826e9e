#!/usr/bin/env bash
# a line that is null is answered with 500; it breaks the schema, 422
. "$(dirname "$0")/lib.sh"
try_delivery '{"lines":[null]}'
is 422
