#!/usr/bin/env bash
# attributes are not kept; what was sent is kept
. "$(dirname "$0")/lib.sh"
new_product '{"attributes":{"a":"b"}}'
has '.attributes == {"a":"b"}'
