#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_draft '{"tags": []}'
status_tells 201 422
