#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown '{"name": "Shown", "settings": {"notify": ["sms", "sms"]}}'
status_tells 201 422
