#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
get "/tickets/$ticket_one" -H "If-None-Match: $(header etag)"
need 304
healthy grep -qi '^etag:' "$scratch/head"
