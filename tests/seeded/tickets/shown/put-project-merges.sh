#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "color": "#000000"}'
put /projects/shown '{"name": "Shown"}'
need 200
body_tells '.data.color == null'
