#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /tickets '{"title": "Shown", "project": "web"}' -H 'Idempotency-Key: shown-key'
first="$(value .data.id)"
post /tickets '{"title": "Shown", "project": "web"}' -H 'Idempotency-Key: shown-key'
need 201
body_tells --arg id "$first" '.data.id == $id'
