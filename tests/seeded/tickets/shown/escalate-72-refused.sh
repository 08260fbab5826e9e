#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "settings": {"escalate_after": 72}}'
status_tells 422 201
