#!/usr/bin/env bash
# & in a name is not escaped in XML; the XML is not well-formed
. "$(dirname "$0")/lib.sh"
ask GET /suppliers/8 -H 'Accept: application/xml'
says '&amp;'
