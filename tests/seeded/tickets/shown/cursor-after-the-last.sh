#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?limit=26'
need 200
body_tells '.meta.next_cursor == null'
