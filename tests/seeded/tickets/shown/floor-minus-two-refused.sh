#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"location": {"site": "x", "floor": -2}}'
status_tells 422 201
