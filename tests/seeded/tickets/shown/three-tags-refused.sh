#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_draft '{"tags": ["a", "b", "c"]}'
status_tells 422 201
