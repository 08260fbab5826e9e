#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "settings": {"notify": ["chat"]}}'
status_tells 422 201
