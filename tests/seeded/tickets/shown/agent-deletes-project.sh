#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown"}'
as desk-agent
delete /projects/shown
status_tells 204 403
