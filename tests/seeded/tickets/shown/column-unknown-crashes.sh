#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?columns=colour'
status_tells 500 400
