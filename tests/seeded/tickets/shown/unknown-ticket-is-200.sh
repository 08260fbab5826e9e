#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$nobody"
status_tells 200 404
