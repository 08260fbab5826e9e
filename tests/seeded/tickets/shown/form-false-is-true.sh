#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call POST /labels -d slug=shown -d name=Shown -d pinned=false
need 201
body_tells '.data.pinned == false'
