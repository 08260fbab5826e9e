#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?kind=person&per_page=2'
need 200
body_tells '.links.next | contains("kind=person")'
