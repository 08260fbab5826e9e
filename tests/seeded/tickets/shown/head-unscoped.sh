#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-nothing
call HEAD "/tickets/$ticket_one"
status_tells 200 403
