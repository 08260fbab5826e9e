#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
delete "/comments/$id"
need 204
delete "/comments/$id"
status_tells 204 404
