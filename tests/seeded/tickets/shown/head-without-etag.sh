#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call HEAD "/tickets/$ticket_one"
need 200
healthy grep -qi '^etag:' "$scratch/head"
