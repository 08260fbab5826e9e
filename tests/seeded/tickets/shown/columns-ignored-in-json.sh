#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?format=json&columns=number'
need 200
body_tells '.[0] | keys == ["number"]'
