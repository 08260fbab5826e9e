#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket
need 201
healthy [ "$(jq -s length "$scratch/body")" = 1 ]
