#!/usr/bin/env bash
# JSON that is sent as text/plain is accepted; 415 is documented
. "$(dirname "$0")/lib.sh"
typed text/plain POST /deliveries "$delivery"
is 415
