#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
get "/tickets/$ticket_one" -H "If-None-Match: \"0000000000000000\", $(header etag)"
status_tells 200 304
