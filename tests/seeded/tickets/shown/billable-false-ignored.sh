#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?billable=false&limit=100'
need 200
body_tells 'all(.data[]; .billable == false)'
