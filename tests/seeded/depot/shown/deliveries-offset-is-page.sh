#!/usr/bin/env bash
# offset counts pages; it counts entries
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?limit=2&offset=2'
has '[.[].delivery_id] == [503,504]'
