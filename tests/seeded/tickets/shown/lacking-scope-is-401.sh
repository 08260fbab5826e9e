#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft
as desk-nothing
delete "/drafts/$id"
status_tells 401 403
