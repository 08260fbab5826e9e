#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me -H 'X-Trace: 0195F0F4-77AA-7B1C-9C52-6D5E4F3A2B10'
status_tells 400 200
