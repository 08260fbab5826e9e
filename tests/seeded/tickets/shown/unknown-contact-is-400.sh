#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/contacts/$nobody"
status_tells 400 404
