#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft
put "/drafts/$id" '{"version": 1, "subject": "Changed", "tags": ["a"]}'
status_tells 409 200
