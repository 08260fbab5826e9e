#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
put "/contacts/$id" '{"kind": "company", "name": "Shown", "email": "ida@example.net"}'
need 200
body_tells '.data.kind == "company"'
