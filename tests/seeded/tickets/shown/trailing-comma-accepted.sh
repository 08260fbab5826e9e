#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" '{"resolution": "fixed",}'
status_tells 200 400
