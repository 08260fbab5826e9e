#!/usr/bin/env bash
# an id of another form is answered with 400; it is 404
. "$(dirname "$0")/lib.sh"
ask GET /deliveries/first
is 404
