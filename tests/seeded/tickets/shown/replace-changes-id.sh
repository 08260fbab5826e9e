#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
put "/contacts/$id" '{"kind": "person", "given_name": "Ida", "family_name": "Rhodes", "email": "ida@example.net"}'
need 200
get "/contacts/$id"
status_tells 404 200
