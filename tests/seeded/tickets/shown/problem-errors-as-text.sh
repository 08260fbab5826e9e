#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"title": ""}'
need 422
body_tells '.errors[0] | type == "object"'
