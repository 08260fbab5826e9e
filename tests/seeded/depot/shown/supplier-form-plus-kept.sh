#!/usr/bin/env bash
# a plus in a form stays a plus; in this media type it is a space
. "$(dirname "$0")/lib.sh"
try_supplier
has '.name == "Test Ltd"'
