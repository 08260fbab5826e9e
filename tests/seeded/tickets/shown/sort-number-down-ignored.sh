#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/tickets?sort=-number'
need 200
body_tells '.data[0].number > .data[1].number'
