#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown"}'
delete /projects/shown
need 204
get /projects/shown
status_tells 200 404
