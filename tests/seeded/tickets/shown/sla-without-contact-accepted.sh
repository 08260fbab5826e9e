#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "settings": {"sla_hours": 8}}'
status_tells 201 422
