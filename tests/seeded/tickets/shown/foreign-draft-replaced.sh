#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft
as desk-ben
put "/drafts/$id" '{"version": 1, "subject": "Mine", "tags": ["a"]}'
status_tells 200 404
