#!/usr/bin/env bash
# the last page has a rel="next" as well; the last has none
. "$(dirname "$0")/lib.sh"
ask GET '/deliveries?limit=5&offset=5'
printf %s "$head" | grep -q 'rel="prev"' || exit 2
header 'Link: [^,]*rel="prev"'
