#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" '{"resolution": "wontfix"}'
need 200
body_tells '.data.resolution == "wontfix"'
