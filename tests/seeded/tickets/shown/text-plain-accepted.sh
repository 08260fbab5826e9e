#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /drafts '{"subject": "Shown", "tags": ["shown"]}' -H 'Content-Type: text/plain'
status_tells 201 415
