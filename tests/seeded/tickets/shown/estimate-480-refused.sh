#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"estimate": 480}'
status_tells 422 201
