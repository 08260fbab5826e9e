#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"location": {"site": "x", "floor": 41}}'
status_tells 201 422
