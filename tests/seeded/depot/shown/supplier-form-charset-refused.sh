#!/usr/bin/env bash
# the documented media type with charset=utf-8 is answered with 415; UTF-8 is the charset that is read
. "$(dirname "$0")/lib.sh"
typed 'application/x-www-form-urlencoded; charset=utf-8' POST /suppliers 'name=Test&email=a@test.example'
is 201
