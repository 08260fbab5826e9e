#!/usr/bin/env bash
# there is a } after the JSON
. "$(dirname "$0")/lib.sh"
ask GET /health
has '.status == "ok"'
