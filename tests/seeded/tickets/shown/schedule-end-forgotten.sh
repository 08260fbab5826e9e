#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"schedule": {"starts": "2026-12-24T10:00:00Z", "ends": "2026-12-24T11:00:00Z"}}'
body_tells '.data.schedule.ends == "2026-12-24T11:00:00Z"'
