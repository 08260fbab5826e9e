#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"description": null}'
status_tells 500 201
