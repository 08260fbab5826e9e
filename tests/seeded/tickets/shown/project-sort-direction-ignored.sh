#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/projects?sort=-name'
need 200
body_tells '[.data[].name] | . == (sort | reverse)'
