#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
need 200
healthy [ "$(grep -o '"title":' "$scratch/body" | wc -l)" = 1 ]
