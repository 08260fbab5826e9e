#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$ticket_one"
need 200
healthy grep -qi '^etag: "' "$scratch/head"
