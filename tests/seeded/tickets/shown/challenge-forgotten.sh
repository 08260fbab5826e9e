#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
post_draft
need 401
healthy grep -qi '^www-authenticate:' "$scratch/head"
