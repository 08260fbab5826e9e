#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post "/tickets/$ticket_one/comments" '{"text": "Shown"}' -H 'Content-Type: application/json; charset=iso-8859-1'
status_tells 201 415
