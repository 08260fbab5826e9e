#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?email=acme@example.com'
need 200
body_tells 'all(.data[]; .email == "acme@example.com")'
