#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

delete /labels/network
status_tells 200 204
