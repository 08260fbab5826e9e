#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_person '{"email": "ida"}'
status_tells 201 422
