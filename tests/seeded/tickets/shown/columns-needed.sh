#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /exports/tickets
status_tells 400 200
