#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-web
get /projects/app
status_tells 200 404
