#!/usr/bin/env bash
# a known key with text after it is accepted; it is another key, 401
key=depot-manager-keyx
. "$(dirname "$0")/lib.sh"
ask GET /deliveries
is 401
