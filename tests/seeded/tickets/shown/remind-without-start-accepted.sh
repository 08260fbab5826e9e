#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"schedule": {"remind": 10}}'
status_tells 201 422
