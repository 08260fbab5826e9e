#!/usr/bin/env bash
# only the first of several categories is kept; the member is an array
. "$(dirname "$0")/lib.sh"
try_supplier '&categories=tools&categories=fuel'
has '.categories == ["tools","fuel"]'
