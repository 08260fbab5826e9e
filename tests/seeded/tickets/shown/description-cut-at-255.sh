#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket "{\"description\": \"$(text 300)\"}"
body_tells '.data.description | length == 300'
