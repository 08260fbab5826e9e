#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me -H 'X-Trace: yes'
status_tells 200 400
