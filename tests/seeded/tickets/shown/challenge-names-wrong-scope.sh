#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as desk-nothing
put "/contacts/$nobody" '{}'
need 403
healthy grep -q 'scope="contacts:write"' "$scratch/head"
