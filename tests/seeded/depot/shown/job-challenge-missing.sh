#!/usr/bin/env bash
# 401 has no WWW-Authenticate; the header is required
key=
. "$(dirname "$0")/lib.sh"
ask GET /jobs/71
header 'WWW-Authenticate: .+'
