#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"title": "Changed"}' -H 'If-Match: *'
status_tells 412 200
