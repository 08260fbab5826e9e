#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{"text": ""}'
status_tells 201 422
