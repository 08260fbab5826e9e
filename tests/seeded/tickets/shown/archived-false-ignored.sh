#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/projects?archived=false'
need 200
body_tells 'all(.data[]; .archived == false)'
