#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"labels": ["aa"]}'
patch "/tickets/$id" '{"title": "Changed"}'
need 200
body_tells '.data.labels == ["aa"]'
