#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one/close"
status_tells 404 405
