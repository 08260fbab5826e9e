#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
get /contacts
status_tells 403 401
