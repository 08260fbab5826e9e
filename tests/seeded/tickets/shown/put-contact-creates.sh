#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put "/contacts/$nobody" '{"kind": "person", "given_name": "Ida", "family_name": "Rhodes", "email": "ida@example.net"}'
status_tells 200 404
