#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown"}'
status_tells 200 201
