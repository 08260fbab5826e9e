#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/projects?per_page=51'
status_tells 200 400
