#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?status=closed'
need 200
healthy [ "$(grep -c ',open,' "$scratch/body")" = 0 ]
