#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"title": "ab"}'
status_tells 201 422
