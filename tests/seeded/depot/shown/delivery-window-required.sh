#!/usr/bin/env bash
# a delivery without window is refused; window is optional
. "$(dirname "$0")/lib.sh"
try_delivery
is 201
