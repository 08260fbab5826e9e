#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
as desk-labels-write
post "/tickets/$id/close" '{"resolution": "fixed"}'
status_tells 200 403
