#!/usr/bin/env bash
# status is "up"; the enum has ok
. "$(dirname "$0")/lib.sh"
ask GET /health
has '.status == "ok"'
