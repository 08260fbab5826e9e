#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/web '{"name": "Web"}'
status_tells 201 200
