#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?due_before=tomorrow'
status_tells 200 400
