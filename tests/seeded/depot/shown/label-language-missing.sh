#!/usr/bin/env bash
# Content-Language is missing; it is required
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label
header 'Content-Language: .+'
