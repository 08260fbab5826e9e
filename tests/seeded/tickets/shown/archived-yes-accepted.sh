#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "archived": "yes"}'
status_tells 201 422
