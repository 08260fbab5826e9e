#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?internal=false&mood=happy"
status_tells 500 200
