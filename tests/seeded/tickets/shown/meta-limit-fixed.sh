#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=3'
need 200
body_tells '.meta.limit == 3'
