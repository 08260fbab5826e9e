#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /labels
need 200
body_tells '[.data[].slug] | . == sort'
