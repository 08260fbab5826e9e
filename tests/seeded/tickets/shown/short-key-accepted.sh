#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /tickets '{"title": "Shown", "project": "web"}' -H 'Idempotency-Key: shown-1'
status_tells 201 400
