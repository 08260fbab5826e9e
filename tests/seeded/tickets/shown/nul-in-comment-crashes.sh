#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post "/tickets/$ticket_one/comments" '{"text": "a\u0000b"}'
status_tells 500 201
