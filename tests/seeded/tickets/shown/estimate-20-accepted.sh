#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"estimate": 20}'
status_tells 201 422
