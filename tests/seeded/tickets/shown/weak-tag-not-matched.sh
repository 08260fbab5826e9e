#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
get "/tickets/$ticket_one" -H "If-None-Match: W/$(header etag)"
status_tells 200 304
