#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person '{"birthday": "1990-05-06"}'
body_tells '.data.birthday == "1990-05-06"'
