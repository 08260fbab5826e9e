#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" '{"resolution": "fixed"}'
need 200
body_tells '.data.status == "closed"'
