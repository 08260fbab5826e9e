#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?columns=number,number'
status_tells 200 400
