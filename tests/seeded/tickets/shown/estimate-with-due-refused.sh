#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"estimate": 30, "due": "2026-12-24"}'
status_tells 422 201
