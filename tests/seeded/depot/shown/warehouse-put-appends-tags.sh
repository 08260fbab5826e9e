#!/usr/bin/env bash
# a replacement adds its tags to the old ones; it replaces them, and twice is as once
. "$(dirname "$0")/lib.sh"
new_warehouse '{"tags":["a"]}'
put_warehouse '{"tags":["b"]}'
has '.tags == ["b"]'
