#!/usr/bin/env bash
# a PATCH of another member resets notes; members that are left out stay
. "$(dirname "$0")/lib.sh"
new_warehouse '{"notes":"old"}'
patch_warehouse '{"capacity":7}'
has '.notes == "old"'
