#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/labels?pinned=false'
need 200
body_tells 'all(.data[]; .pinned == false)'
