#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
old="$(header etag)"
call HEAD "/tickets/$ticket_one"
need 200
healthy [ "$(header etag)" = "$old" ]
