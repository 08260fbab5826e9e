#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname' -F kind=log
status_tells 422 201
