#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

head -c 100001 /dev/zero >"$scratch/large"
upload -F "file=@$scratch/large"
status_tells 201 422
