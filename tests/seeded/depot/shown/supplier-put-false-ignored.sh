#!/usr/bin/env bash
# preferred=false leaves a preferred supplier preferred; it is replaced
. "$(dirname "$0")/lib.sh"
new_supplier '&preferred=true'
put_supplier '&preferred=false'
has '.preferred == false'
