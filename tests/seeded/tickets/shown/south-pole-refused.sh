#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"location": {"site": "x", "geo": {"lat": -90, "lon": 0}}}'
status_tells 422 201
