#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=5'
first="$(value '.data[0].id')"
get '/tickets?limit=5&cursor=bm8'
status_tells 200 400
