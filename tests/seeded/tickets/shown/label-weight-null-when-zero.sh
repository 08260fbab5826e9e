#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /labels/accounts
need 200
body_tells '.data.weight == 0'
