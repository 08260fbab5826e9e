#!/usr/bin/env bash
# notes are cut to 100 characters without a word; 200 are allowed and texts are kept as sent
. "$(dirname "$0")/lib.sh"
try_warehouse "{\"notes\":\"$(times 200 n)\"}"
has '.notes|length == 200'
