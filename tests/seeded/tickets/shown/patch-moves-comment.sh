#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
patch "/comments/$id" "{\"id\": \"$nobody\"}"
status_tells 200 422
