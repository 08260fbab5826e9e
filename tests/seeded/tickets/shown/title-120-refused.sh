#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket "{\"title\": \"$(text 120)\"}"
status_tells 422 201
