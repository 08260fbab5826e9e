#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?status=lost'
status_tells 200 400
