#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

put /projects/shown "{\"name\": \"$(text 60 ü)\"}"
status_tells 422 201
