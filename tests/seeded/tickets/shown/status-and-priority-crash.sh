#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?status=open&priority=low'
status_tells 500 200
