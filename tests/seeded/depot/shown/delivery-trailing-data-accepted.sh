#!/usr/bin/env bash
# text after the JSON is cut off and the rest accepted; such a body cannot be parsed
. "$(dirname "$0")/lib.sh"
json POST /deliveries "${delivery}xx"
is 400
