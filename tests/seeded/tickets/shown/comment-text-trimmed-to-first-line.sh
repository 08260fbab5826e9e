#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{"text": "one\ntwo"}'
need 201
body_tells '.data.text == "one\ntwo"'
