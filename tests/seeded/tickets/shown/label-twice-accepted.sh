#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"labels": ["aa", "aa"]}'
status_tells 201 422
