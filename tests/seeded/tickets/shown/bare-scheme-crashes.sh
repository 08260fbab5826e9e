#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
get /me -H 'Authorization: Bearer'
status_tells 500 401
