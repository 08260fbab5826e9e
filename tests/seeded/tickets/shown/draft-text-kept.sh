#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new draft '{"text": "Old"}'
put "/drafts/$id" '{"version": 1, "subject": "Changed", "tags": ["a"]}'
need 200
body_tells '.data.text == null'
