#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=5'
cursor="$(value .meta.next_cursor)"
get "/tickets?limit=5&cursor=$cursor"
need 200
body_tells --arg cursor "$cursor" '.meta.next_cursor != $cursor'
