#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft
as desk-ben
delete "/drafts/$id"
status_tells 204 404
