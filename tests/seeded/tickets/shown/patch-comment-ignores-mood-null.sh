#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new comment '{"mood": "happy"}'
patch "/comments/$id" '{"mood": null}'
need 200
body_tells '.data.mood == null'
