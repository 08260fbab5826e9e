#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /drafts "$(text 100000 '[')"
status_tells 500 4??
