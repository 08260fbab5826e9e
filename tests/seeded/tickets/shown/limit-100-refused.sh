#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=100'
status_tells 400 200
