#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?priority=urgent&limit=100'
need 200
body_tells 'all(.data[]; .priority == "urgent")'
