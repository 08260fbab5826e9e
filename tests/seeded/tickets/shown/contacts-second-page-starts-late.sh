#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?per_page=3'
get '/contacts?per_page=3&page=2'
need 200
body_tells '.data | length == 3 and .[0].given_name == "Barbara"'
