#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

printf hello >"$scratch/hello"
upload -F "file=@$scratch/hello"
need 201
body_tells '.data.size == 5'
