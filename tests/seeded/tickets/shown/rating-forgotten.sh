#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment '{"rating": 4}'
body_tells '.data.rating == 4'
