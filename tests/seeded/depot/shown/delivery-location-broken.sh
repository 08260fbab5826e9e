#!/usr/bin/env bash
# Location names a path that is not there; it is where the delivery is
. "$(dirname "$0")/lib.sh"
new_delivery
ask GET "$(printf %s "$head" | sed -n 's/^[Ll]ocation: //p')"
is 200
