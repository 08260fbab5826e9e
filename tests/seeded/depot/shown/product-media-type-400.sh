#!/usr/bin/env bash
# another media type is answered with 400; it is 415
. "$(dirname "$0")/lib.sh"
typed text/plain POST /products "$product"
is 415
