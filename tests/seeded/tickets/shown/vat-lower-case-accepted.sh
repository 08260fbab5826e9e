#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_company '{"vat": "de12345678"}'
status_tells 201 422
