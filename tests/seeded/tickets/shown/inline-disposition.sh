#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname'
get "/attachments/$(value .data.id)/content"
need 200
healthy grep -qi '^content-disposition: attachment' "$scratch/head"
