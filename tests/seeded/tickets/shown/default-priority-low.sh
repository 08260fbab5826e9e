#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket
body_tells '.data.priority == "normal"'
