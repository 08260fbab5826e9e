#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" '{"resolution": "fixed", "note": null}'
status_tells 500 200
