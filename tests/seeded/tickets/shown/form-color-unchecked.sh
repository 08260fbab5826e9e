#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call POST /labels -d slug=shown -d name=Shown -d color=pink
status_tells 201 422
