#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new company
body_tells '.data.kind == "company"'
