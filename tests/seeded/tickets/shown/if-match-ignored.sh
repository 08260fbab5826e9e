#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"title": "Changed"}' -H 'If-Match: "0000000000000000"'
status_tells 200 412
