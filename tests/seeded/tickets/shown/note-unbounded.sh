#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
post "/tickets/$id/close" "{\"resolution\": \"fixed\", \"note\": \"$(text 201)\"}"
status_tells 200 422
