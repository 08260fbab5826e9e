#!/usr/bin/env bash
# PATCH is answered where it is not documented; it is 405
. "$(dirname "$0")/lib.sh"
ask PATCH /suppliers/1
is 405
