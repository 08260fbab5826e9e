#!/usr/bin/env bash
# q together with sort is answered with 500; each is optional
. "$(dirname "$0")/lib.sh"
ask GET '/products?q=a&sort=name'
is 200
