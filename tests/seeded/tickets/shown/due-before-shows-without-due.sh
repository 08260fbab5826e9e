#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?due_before=2026-06-05'
need 200
healthy [ "$(header x-row-count)" = 2 ]
