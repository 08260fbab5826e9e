#!/usr/bin/env bash
# 201 has no Location; the header is required
. "$(dirname "$0")/lib.sh"
try_supplier
header 'Location: .+'
