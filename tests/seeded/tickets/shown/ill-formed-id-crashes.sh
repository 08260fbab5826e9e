#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /comments/seven
status_tells 500 404
