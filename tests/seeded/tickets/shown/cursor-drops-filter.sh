#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?status=open&limit=3'
get "/tickets?status=open&limit=3&cursor=$(value .meta.next_cursor)"
need 200
body_tells 'all(.data[]; .status == "open")'
