#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"title": "Changed"}'
need 200
body_tells '.data.version == 2'
