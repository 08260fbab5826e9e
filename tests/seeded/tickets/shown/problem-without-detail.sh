#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_person '{"email": "ada.byron@example.org"}'
need 409
body_tells 'has("detail")'
