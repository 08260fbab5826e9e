#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?status=open&priority=low&limit=100'
need 200
body_tells 'all(.data[]; .status == "open" and .priority == "low")'
