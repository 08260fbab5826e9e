#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"labels": ["aa", "bb", "cc", "dd", "ee"]}'
status_tells 422 201
