#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /drafts '{"tags": ["shown"]}'
status_tells 201 422
