#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{}'
status_tells 422 201
