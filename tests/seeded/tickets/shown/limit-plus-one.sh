#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=2'
need 200
body_tells '.data | length == 2'
