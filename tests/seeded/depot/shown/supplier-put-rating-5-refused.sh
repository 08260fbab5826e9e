#!/usr/bin/env bash
# the rating 5 is refused on replacing; 5 is the maximum and allowed
. "$(dirname "$0")/lib.sh"
new_supplier
put_supplier '&rating=5'
is 200
