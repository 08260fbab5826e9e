#!/usr/bin/env bash
# offset=-1 is accepted; the minimum is 0
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?offset=-1'
is 400
