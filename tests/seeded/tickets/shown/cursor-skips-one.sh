#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=5'
get "/tickets?limit=5&cursor=$(value .meta.next_cursor)"
need 200
body_tells '.data[0].number == 6'
