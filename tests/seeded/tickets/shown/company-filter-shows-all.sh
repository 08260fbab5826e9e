#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/contacts?kind=company'
need 200
body_tells 'all(.data[]; .kind == "company")'
