#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
body_tells '.data.newsletter == false'
