#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?internal=true"
need 200
body_tells 'all(.data[]; .internal)'
