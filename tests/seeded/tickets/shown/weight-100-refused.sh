#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call POST /labels -d slug=shown -d name=Shown -d weight=100
status_tells 422 201
