#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as nonsense
get /labels
status_tells 200 401
