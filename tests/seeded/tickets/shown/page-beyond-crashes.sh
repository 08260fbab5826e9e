#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/projects?page=99'
status_tells 500 200
