#!/usr/bin/env bash
# the body is JSON under application/xml; it is XML
. "$(dirname "$0")/lib.sh"
ask GET /suppliers/1 -H 'Accept: application/xml'
says '^<supplier>|<\?xml'
