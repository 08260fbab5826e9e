#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

call PROPFIND /glossary
status_tells 200 405
