#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment '{"internal": true}'
patch "/comments/$id" '{"text": "Changed"}'
need 200
body_tells '.data.internal == true'
