#!/usr/bin/env bash
# dispatching removes the note; all else stays
. "$(dirname "$0")/lib.sh"
new_delivery '{"note":"ring"}'
dispatch
need 200
has '.note == "ring"'
