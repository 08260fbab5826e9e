#!/usr/bin/env bash
# X-Total-Count is missing; it is required
. "$(dirname "$0")/lib.sh"
ask GET /deliveries
header 'X-Total-Count: .+'
