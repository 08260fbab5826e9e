#!/usr/bin/env bash
# patching one day drops the others; a merge patch merges objects (RFC 7396)
. "$(dirname "$0")/lib.sh"
new_warehouse '{"opening_hours":{"monday":{"opens":"08:00","closes":"16:00"}}}'
patch_warehouse '{"opening_hours":{"tuesday":{"opens":"08:00","closes":"16:00"}}}'
has '.opening_hours|length == 2'
