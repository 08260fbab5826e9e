#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?sort=-title'
status_tells 400 200
