#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "budget": 99.75}'
need 201
body_tells '.data.budget == 99.75'
