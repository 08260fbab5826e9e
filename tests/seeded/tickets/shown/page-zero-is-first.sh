#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?page=0'
status_tells 200 400
