#!/usr/bin/env bash
# a temperature above 0 is refused on replacing; 30 is the maximum
. "$(dirname "$0")/lib.sh"
new_bin
put_bin '{"minTemperature":12}'
is 200
