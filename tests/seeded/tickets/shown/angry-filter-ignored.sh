#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?mood=angry"
need 200
body_tells 'all(.data[]; .mood == "angry")'
