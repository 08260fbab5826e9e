#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{"colour": "red"}'
status_tells '[25]*' 422
