#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
put "/contacts/$id" '{"kind": "person", "given_name": "Ida", "family_name": "Rhodes", "email": "ida@example.net"}'
status_tells 409 200
