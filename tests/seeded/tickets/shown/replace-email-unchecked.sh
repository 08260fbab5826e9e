#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
put "/contacts/$id" '{"kind": "person", "given_name": "Ida", "family_name": "Rhodes", "email": "ada.byron@example.org"}'
status_tells 200 409
