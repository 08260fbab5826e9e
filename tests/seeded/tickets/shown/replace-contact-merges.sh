#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new company '{"vat": "DE12345678"}'
put "/contacts/$id" '{"kind": "company", "name": "Shown", "email": "shown@example.net"}'
need 200
body_tells '.data | has("vat") | not'
