#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket "{\"description\": \"$(text 4001)\"}"
status_tells 201 422
