#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /drafts '{"subject": "Shown", "tags": ["shown"], "confidence": 1e-7}'
status_tells 500 201
