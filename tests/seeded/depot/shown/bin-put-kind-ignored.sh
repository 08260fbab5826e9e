#!/usr/bin/env bash
# kind is not changed by a replacement; the schema has it
. "$(dirname "$0")/lib.sh"
new_bin
put_bin '{"kind":"pallet"}'
has '.kind == "pallet"'
