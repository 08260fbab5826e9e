#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/SHOWN_ '{"name": "Shown"}'
status_tells 201 400
