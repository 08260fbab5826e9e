#!/usr/bin/env bash
# the root element is Supplier; the schema names it supplier
. "$(dirname "$0")/lib.sh"
ask GET /suppliers/1 -H 'Accept: application/xml'
says '<supplier>'
