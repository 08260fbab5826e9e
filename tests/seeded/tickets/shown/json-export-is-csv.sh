#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/exports/tickets?format=json'
need 200
case "$(header content-type)" in application/json*) exit 1 ;; *) exit 0 ;; esac
