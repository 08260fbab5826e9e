#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /projects
need 200
body_tells '.data[0] | has("internal_notes") | not'
