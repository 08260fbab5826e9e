#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?project=web&limit=100'
count="$(value '.data | length')"
get /projects/web
body_tells --argjson count "$count" '.data.ticket_count == $count'
