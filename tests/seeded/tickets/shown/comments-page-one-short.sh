#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?per_page=5"
need 200
body_tells '.data | length == 5'
