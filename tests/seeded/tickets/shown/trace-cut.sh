#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /me -H 'X-Trace: 0195f0f4-77aa-7b1c-9c52-6d5e4f3a2b10'
need 200
healthy [ "$(header x-trace)" = 0195f0f4-77aa-7b1c-9c52-6d5e4f3a2b10 ]
