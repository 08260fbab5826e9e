#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname' -F "caption=$(text 81)"
status_tells 201 422
