#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown"}' -H 'Content-Type: text/plain'
status_tells 400 415
