#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
get "/tickets/$id"
get "/tickets/$id"
body_tells '.data.version == 1'
