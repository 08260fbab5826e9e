#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_person
status_tells 202 201
