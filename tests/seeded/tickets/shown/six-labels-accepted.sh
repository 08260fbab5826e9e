#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"labels": ["aa", "bb", "cc", "dd", "ee", "ff"]}'
status_tells 201 422
