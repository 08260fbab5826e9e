#!/usr/bin/env bash
# rel="prev" leads to the same page; it is the previous one
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?limit=2&offset=4'
header 'Link: .*offset=2>; rel="prev"'
