#!/usr/bin/env bash
# Retry-After is "soon"; it is an integer
. "$(dirname "$0")/lib.sh"
ask GET /jobs/72
header 'Retry-After: [0-9]+'
