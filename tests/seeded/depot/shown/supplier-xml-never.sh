#!/usr/bin/env bash
# Accept: application/xml is answered with JSON; the answer has the form that Accept prefers
. "$(dirname "$0")/lib.sh"
ask GET /suppliers/1 -H 'Accept: application/xml'
header 'Content-Type: application/xml.*'
