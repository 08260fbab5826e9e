#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
get '/contacts?per_page=50'
body_tells --arg id "$id" 'any(.data[]; .id == $id)'
