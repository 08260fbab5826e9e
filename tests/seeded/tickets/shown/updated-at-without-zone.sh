#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
need 200
body_tells '.data.updated_at | endswith("Z")'
