#!/usr/bin/env bash
# rel="next" passes over one entry; it is the next page
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?limit=3'
header 'Link: .*offset=3>; rel="next"'
