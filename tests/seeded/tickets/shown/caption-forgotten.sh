#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname' -F caption=Shown
need 201
body_tells '.data.caption == "Shown"'
