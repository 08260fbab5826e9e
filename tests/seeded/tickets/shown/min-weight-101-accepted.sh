#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/labels?min_weight=101'
status_tells 200 400
