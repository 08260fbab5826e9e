#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
delete "/contacts/$id"
status_tells 202 204
