#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-nothing
delete /labels/network
need 403
as desk-all
get /labels/network
status_tells 404 200
