#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

patch "/comments/$nobody" '{"text": "Shown"}'
status_tells 500 404
