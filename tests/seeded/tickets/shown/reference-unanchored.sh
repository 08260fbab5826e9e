#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"external_ref": "ERP-1234567"}'
status_tells 201 422
