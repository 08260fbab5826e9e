#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"schedule": {"starts": "2026-12-24T10:00:00+02:00"}}'
status_tells 422 201
