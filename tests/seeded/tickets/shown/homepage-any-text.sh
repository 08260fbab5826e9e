#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "homepage": "not a uri"}'
status_tells 201 422
