#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me -b units=days
status_tells 200 400
