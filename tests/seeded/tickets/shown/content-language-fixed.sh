#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get '/glossary?language=de'
need 200
healthy [ "$(header content-language)" = de ]
