#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"due": "2028-02-29"}'
status_tells 422 201
