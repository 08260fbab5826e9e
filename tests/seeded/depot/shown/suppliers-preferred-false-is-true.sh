#!/usr/bin/env bash
# preferred=false lists the preferred ones (a text that is not empty)
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?preferred=false'
has 'all(.[]; .preferred == false)'
