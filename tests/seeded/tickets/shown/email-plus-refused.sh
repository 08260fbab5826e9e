#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_person '{"email": "ida+desk@example.net"}'
status_tells 422 201
