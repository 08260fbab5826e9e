#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call POST /labels -d slug=shown -d 'name=To+do'
need 201
body_tells '.data.name == "To do"'
