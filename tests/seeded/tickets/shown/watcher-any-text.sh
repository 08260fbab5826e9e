#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"watchers": ["nobody"]}'
status_tells 201 422
