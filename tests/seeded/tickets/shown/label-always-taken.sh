#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call POST /labels -d slug=shown -d name=Shown
status_tells 409 201
