#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{"rating": 6}'
status_tells 201 422
