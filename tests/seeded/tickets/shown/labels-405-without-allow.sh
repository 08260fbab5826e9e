#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

delete /labels
need 405
healthy grep -qi '^allow:' "$scratch/head"
