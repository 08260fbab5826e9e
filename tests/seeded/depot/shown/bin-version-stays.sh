#!/usr/bin/env bash
# version stays 1 after a replacement; it rises by one
. "$(dirname "$0")/lib.sh"
new_bin
put_bin
has '.version == 2'
