#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"due": "2026-12-24"}'
patch "/tickets/$id" '{"due": null}'
need 200
body_tells '.data.due == null'
