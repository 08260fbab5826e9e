#!/usr/bin/env bash
# a body that is no JSON is accepted; 400 is documented
. "$(dirname "$0")/lib.sh"
new_delivery
dispatch '{"carrier": '
is 400
