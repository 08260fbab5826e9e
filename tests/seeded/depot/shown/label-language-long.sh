#!/usr/bin/env bash
# Content-Language is "english"; the enum has en
. "$(dirname "$0")/lib.sh"
ask GET /products/1001/label
header 'Content-Language: (en|nb|sv)'
