#!/usr/bin/env bash
# warehouse_code=oslo is accepted; it has a pattern, and 400 is documented
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?warehouse_code=oslo'
is 400
