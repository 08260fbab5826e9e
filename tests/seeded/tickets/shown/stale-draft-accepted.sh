#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft
put "/drafts/$id" '{"version": 7, "subject": "Changed", "tags": ["a"]}'
status_tells 200 409
