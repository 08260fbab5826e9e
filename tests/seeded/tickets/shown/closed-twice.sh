#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" '{"resolution": "fixed"}'
post "/tickets/$id/close" '{"resolution": "wontfix"}'
status_tells 200 409
