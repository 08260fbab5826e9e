#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?per_page=5&page=2"
need 200
body_tells '.meta.page == 2'
