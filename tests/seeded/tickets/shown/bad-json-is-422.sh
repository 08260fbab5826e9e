#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /contacts '{"kind": '
status_tells 422 400
