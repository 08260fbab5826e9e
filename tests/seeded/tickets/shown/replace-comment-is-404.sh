#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
put "/comments/$id" '{}'
status_tells 404 405
