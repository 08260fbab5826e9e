#!/usr/bin/env bash
# a request without key is answered with 403; it is 401
key=
. "$(dirname "$0")/lib.sh"
try_delivery
is 401
