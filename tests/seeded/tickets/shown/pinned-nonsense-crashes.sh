#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/labels?pinned=maybe'
status_tells 500 400
