#!/usr/bin/env bash
# deleting an unknown delivery is answered with 500; 404 is documented
. "$(dirname "$0")/lib.sh"
ask DELETE /deliveries/99999
is 404
