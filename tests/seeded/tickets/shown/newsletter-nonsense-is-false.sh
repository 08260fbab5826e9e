#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?newsletter=maybe'
status_tells 200 400
