#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=hello'
status_tells 500 201
