#!/usr/bin/env bash
# lang=sv is refused; the enum has it
. "$(dirname "$0")/lib.sh"
ask GET '/products/1001/label?lang=sv'
is 200
