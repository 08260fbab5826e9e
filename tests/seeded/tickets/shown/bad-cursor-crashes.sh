#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?cursor=bm8'
status_tells 500 400
