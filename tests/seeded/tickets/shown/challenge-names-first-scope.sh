#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-nothing
upload -F 'file=@/etc/hostname'
need 403
healthy grep -q 'scope="tickets:read files:write"' "$scratch/head"
