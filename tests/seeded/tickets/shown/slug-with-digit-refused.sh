#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown-2 '{"name": "Shown"}'
status_tells 400 201
