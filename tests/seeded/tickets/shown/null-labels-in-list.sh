#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /tickets
need 200
body_tells '.data[0].labels == []'
