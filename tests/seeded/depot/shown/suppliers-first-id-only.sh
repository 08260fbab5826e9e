#!/usr/bin/env bash
# only the first of several ids counts; suppliers with one of these are listed
. "$(dirname "$0")/lib.sh"
ask GET '/suppliers?ids=1%203'
has 'length == 2'
