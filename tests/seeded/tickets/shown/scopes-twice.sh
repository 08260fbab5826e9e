#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me
need 200
body_tells '.data.scopes | length == (unique | length)'
