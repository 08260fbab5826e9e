#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call TRACE /exports/tickets
status_tells 200 405
