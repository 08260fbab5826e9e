#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft
as desk-ben
get "/drafts/$id"
status_tells 403 404
