#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_company '{"kind": "robot"}'
status_tells 201 422
