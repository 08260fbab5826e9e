#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=101'
status_tells 200 400
