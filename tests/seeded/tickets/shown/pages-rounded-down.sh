#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/projects?per_page=2'
need 200
body_tells '.meta.pages == 3'
