#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /projects/web
need 200
body_tells '.data.settings == {}'
