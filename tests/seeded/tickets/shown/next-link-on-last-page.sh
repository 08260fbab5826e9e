#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?per_page=50'
need 200
body_tells '.links.next == null'
