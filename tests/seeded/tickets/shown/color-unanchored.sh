#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "color": "#00ff00ff"}'
status_tells 201 422
