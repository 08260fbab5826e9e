#!/usr/bin/env bash
# a delivery without lines is accepted; minItems is 1
. "$(dirname "$0")/lib.sh"
try_delivery '{"lines":[]}'
is 422
