#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /tickets '{"title": "Shown", "project": "web"}' -H 'Idempotency-Key: shown-key'
post /tickets '{"title": "Other", "project": "web"}' -H 'Idempotency-Key: shown-key'
status_tells 201 409
