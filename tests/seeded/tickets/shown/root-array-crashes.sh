#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /drafts '[]'
status_tells 500 422
