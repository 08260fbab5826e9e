#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
healthy grep -qi '^location:' "$scratch/head"
