#!/usr/bin/env bash
# HEAD is answered without key; it is refused as GET is
key=
. "$(dirname "$0")/lib.sh"
ask HEAD /products
is 401
