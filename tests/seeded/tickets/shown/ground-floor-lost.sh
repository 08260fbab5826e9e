#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new ticket '{"location": {"site": "x", "floor": 0}}'
body_tells '.data.location.floor == 0'
