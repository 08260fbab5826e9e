#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket "{\"labels\": [\"$(text 21)\"]}"
status_tells 201 422
