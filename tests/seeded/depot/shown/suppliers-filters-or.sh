#!/usr/bin/env bash
# suppliers that meet one of two filters are listed; several filters are all applied
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?preferred=true&country=DE'
has 'length == 1'
