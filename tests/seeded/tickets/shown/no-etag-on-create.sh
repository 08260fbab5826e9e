#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
healthy grep -qi '^etag:' "$scratch/head"
