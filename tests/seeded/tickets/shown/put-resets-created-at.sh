#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/web '{"name": "Web"}'
need 200
body_tells '.data.created_at == "2026-01-05T09:00:00Z"'
