#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/labels?min_weight=100'
need 200
body_tells '.data | length == 1'
