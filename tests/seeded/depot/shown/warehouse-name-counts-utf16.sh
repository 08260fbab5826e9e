#!/usr/bin/env bash
# a name of 40 emoji is refused as 80 UTF-16 units; texts are counted in code points
. "$(dirname "$0")/lib.sh"
try_warehouse "{\"name\":\"$(times 40 📦)\"}"
is 201
