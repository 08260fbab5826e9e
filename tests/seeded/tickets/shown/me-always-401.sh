#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me
status_tells 401 200
