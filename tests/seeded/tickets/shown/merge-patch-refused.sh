#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"title": "Merged"}' -H 'Content-Type: application/merge-patch+json'
status_tells 415 200
