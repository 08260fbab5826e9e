#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_draft '{"confidence": 50}'
status_tells 201 422
