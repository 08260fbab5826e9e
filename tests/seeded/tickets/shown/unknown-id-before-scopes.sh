#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-nothing
get "/contacts/$nobody"
status_tells 404 403
