#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call OPTIONS /drafts
status_tells 200 405
