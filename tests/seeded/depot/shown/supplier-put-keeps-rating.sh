#!/usr/bin/env bash
# a rating that is left out stays; it gets its default, 3
. "$(dirname "$0")/lib.sh"
new_supplier '&rating=5'
put_supplier
has '.rating == 3'
