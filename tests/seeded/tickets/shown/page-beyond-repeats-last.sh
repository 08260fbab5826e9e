#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?per_page=3&page=9'
need 200
body_tells '.data == []'
