#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"title": "Shown"}' -H 'If-Match: abc'
status_tells 500 412
