#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
delete "/tickets/$ticket_one"
need 204
get "/comments/$id"
status_tells 200 404
