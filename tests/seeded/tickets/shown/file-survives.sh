#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname'
id="$(value .data.id)"
delete "/attachments/$id"
need 204
get "/attachments/$id/content"
status_tells 200 404
