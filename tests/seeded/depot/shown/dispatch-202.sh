#!/usr/bin/env bash
# a dispatch is answered with 202; it is 200
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch
is 200
