#!/usr/bin/env bash
# heated=false filters nothing out; heated=true works
. "$(dirname "$0")/lib.sh"
ask GET '/warehouses?heated=false'
has 'all(.[]; .heated == false)'
