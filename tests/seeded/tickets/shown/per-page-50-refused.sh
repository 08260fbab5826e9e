#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?per_page=50'
status_tells 400 200
