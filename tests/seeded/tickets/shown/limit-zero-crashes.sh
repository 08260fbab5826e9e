#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=0'
status_tells 500 400
