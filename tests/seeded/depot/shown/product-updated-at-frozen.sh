#!/usr/bin/env bash
# updatedAt never moves; a change moves it on
. "$(dirname "$0")/lib.sh"
new_product
old="$(get .updatedAt)"
sleep 1.1
patch_product '{"name":"Other"}'
has ".updatedAt > \"$old\""
