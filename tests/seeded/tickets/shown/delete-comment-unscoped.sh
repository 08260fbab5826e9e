#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
as desk-nothing
delete "/comments/$id"
status_tells 204 403
