#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"schedule": {"starts": "2026-12-24T10:00:00Z"}}'
patch "/tickets/$id" '{"location": {"site": "x"}}'
need 200
body_tells '.data.schedule.starts == "2026-12-24T10:00:00Z"'
