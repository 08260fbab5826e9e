#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
get "$(header location)"
status_tells 404 200
