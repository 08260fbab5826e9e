#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment '{"rating": 5}'
patch "/comments/$id" '{"rating": 1}'
need 200
body_tells '.data.rating == 1'
