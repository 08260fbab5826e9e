#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/comments/$(text 200 7)"
status_tells 500 404
