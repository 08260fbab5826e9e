#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
get "/comments/$id"
need 200
body_tells '.data | has("rating") | not'
