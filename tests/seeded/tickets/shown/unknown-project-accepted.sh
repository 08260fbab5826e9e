#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"project": "nowhere"}'
status_tells 201 422
