#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_comment '{"text": "cafe\u0301"}'
need 201
body_tells '.data.text == "cafe\u0301"'
