#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-tickets-read
get /exports/tickets
status_tells 200 403
