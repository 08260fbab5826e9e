#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname'
get "/attachments/$(value .data.id)"
need 200
body_tells '.data.size | type == "number"'
