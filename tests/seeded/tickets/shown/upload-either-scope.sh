#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-tickets-read
upload -F 'file=@/etc/hostname'
status_tells 201 403
