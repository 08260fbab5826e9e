#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname'
need 201
body_tells '.data.kind == "document"'
