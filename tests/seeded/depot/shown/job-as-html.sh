#!/usr/bin/env bash
# the media type is text/html; it is application/json
. "$(dirname "$0")/lib.sh"
ask GET /jobs/71
header 'Content-Type: application/json.*'
