#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/comments?per_page=5"
need 200
healthy [ "$(header x-total-count)" = 13 ]
