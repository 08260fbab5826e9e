#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?columns=title,number'
need 200
healthy [ "$(head -n 1 "$scratch/body" | tr -d '\r')" = title,number ]
