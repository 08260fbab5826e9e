#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/drafts?per_page=3'
need 200
body_tells '.data | length == 3'
