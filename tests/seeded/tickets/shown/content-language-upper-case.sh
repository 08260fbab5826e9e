#!/usr/bin/env bash
. "$(dirname "$0")/lib.sh"

get /glossary
need 200
healthy [ "$(header content-language)" = en ]
