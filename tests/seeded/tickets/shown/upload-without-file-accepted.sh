#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F kind=log
status_tells 201 422
