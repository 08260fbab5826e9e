#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get "/tickets/$nobody"
need 404
body_tells '.status == 404'
