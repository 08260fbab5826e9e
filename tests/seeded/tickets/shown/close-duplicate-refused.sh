#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" '{"resolution": "duplicate"}'
status_tells 422 200
