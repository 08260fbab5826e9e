#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me -b units=minutes
need 200
body_tells '.data.worked.unit == "minutes"'
