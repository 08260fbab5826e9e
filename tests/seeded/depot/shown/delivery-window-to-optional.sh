#!/usr/bin/env bash
# a window without to is accepted; both members are required
. "$(dirname "$0")/lib.sh"
try_delivery '{"window":{"from":"08:00"}}'
is 422
