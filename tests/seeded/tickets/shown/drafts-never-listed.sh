#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /drafts
need 200
body_tells '.data | length > 0'
