#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown"}'
post_ticket '{"project": "shown"}'
need 201
delete /projects/shown
status_tells 204 409
