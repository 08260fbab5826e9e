#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{"mood": null}'
status_tells 422 201
