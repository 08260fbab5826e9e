#!/usr/bin/env bash
# the priority 3 is refused on replacing; the enum has it
. "$(dirname "$0")/lib.sh"
new_delivery
put_delivery '{"priority":3}'
is 200
