#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/glossary?language=fr'
status_tells 400 200
