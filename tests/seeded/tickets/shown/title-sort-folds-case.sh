#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?sort=title&limit=100'
need 200
body_tells '[.data[].title] | . == sort'
