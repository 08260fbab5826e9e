#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/glossary?language=fr'
need 200
healthy iconv -f utf-8 -t utf-8 -o /dev/null "$scratch/body"
