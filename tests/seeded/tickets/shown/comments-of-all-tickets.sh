#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?per_page=50"
need 200
body_tells --arg id "$ticket_one" 'all(.data[]; .ticket == $id)'
