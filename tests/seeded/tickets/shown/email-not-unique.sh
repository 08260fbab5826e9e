#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

new person
post_person
status_tells 201 409
