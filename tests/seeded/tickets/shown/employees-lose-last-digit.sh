#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new company '{"employees": 9007199254740991}'
healthy grep -q 9007199254740991 "$scratch/body"
