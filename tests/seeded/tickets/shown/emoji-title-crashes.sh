#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"title": "Printer 🔥"}'
status_tells 500 201
