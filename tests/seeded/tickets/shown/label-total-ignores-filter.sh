#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/labels?pinned=true'
need 200
body_tells '.meta.total == (.data | length)'
