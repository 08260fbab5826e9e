#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /exports/tickets
need 200
healthy grep -q '^number,title' "$scratch/body"
