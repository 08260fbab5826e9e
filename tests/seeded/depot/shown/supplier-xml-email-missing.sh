#!/usr/bin/env bash
# the XML has no email; it is required
. "$(dirname "$0")/lib.sh"
ask GET /suppliers/1 -H 'Accept: application/xml'
says '<email>'
