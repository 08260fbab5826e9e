#!/usr/bin/env bash
# notes null changes nothing; null removes the notes
. "$(dirname "$0")/lib.sh"
new_warehouse '{"notes":"old"}'
patch_warehouse '{"notes":null}'
has '.notes == null'
