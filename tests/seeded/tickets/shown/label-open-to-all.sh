#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

as
get /labels/network
status_tells 200 401
