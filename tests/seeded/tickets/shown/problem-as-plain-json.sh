#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

post_ticket '{"title": ""}'
need 422
case "$(header content-type)" in application/problem+json*) exit 1 ;; *) exit 0 ;; esac
