#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment
put "/comments/$id" '{}'
need 405
healthy grep -qi '^allow:' "$scratch/head"
