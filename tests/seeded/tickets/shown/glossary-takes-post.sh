#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post /glossary '{}'
status_tells 200 405
