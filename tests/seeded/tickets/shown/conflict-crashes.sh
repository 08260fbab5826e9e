#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_person '{"email": "ada.byron@example.org"}'
status_tells 500 409
