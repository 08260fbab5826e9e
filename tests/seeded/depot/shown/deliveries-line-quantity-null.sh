#!/usr/bin/env bash
# the quantity of a second line is null; it is an integer
. "$(dirname "$0")/lib.sh"
ask GET /deliveries
has 'all(.[].lines[]; .quantity != null)'
