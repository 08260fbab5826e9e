#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"title": "Changed"}'
need 200
get "/tickets/$id"
body_tells '.data.title == "Changed"'
