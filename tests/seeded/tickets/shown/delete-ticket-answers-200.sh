#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
delete "/tickets/$id"
status_tells 200 204
