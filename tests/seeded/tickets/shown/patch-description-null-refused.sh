#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
patch "/tickets/$id" '{"description": null}'
status_tells 422 200
