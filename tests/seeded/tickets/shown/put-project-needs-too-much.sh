#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-projects-write
put /projects/shown '{"name": "Shown"}'
status_tells 403 201
