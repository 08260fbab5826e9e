#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "One"}'
put /projects/shown '{"name": "Two"}'
need 200
get /projects/shown
body_tells '.data.name == "Two"'
