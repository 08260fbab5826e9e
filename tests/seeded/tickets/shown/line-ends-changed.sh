#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

printf 'a\r\nb' >"$scratch/lines"
upload -F "file=@$scratch/lines"
need 201
get "/attachments/$(value .data.id)/content"
need 200
healthy cmp -s "$scratch/lines" "$scratch/body"
