#!/usr/bin/env bash
# preferred=false is read as true (a text that is not empty)
. "$(dirname "$0")/lib.sh"
try_supplier '&preferred=false'
has '.preferred == false'
