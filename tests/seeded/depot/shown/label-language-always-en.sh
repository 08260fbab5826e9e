#!/usr/bin/env bash
# Content-Language is en for lang=nb; it is the language that lang asks for
. "$(dirname "$0")/lib.sh"
ask GET '/products/1001/label?lang=nb'
header 'Content-Language: nb'
