#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

upload -F 'file=@/etc/hostname'
get "/attachments/$(value .data.id)/content"
need 200
case "$(header content-type)" in application/octet-stream*) exit 1 ;; *) exit 0 ;; esac
