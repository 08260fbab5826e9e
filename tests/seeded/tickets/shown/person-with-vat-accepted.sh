#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_person '{"vat": "DE12345678"}'
status_tells 201 422
