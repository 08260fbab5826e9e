#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
as desk-tickets-read
patch "/tickets/$id" '{"title": "Changed"}'
status_tells 200 403
