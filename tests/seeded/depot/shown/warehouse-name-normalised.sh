#!/usr/bin/env bash
# letters lose their marks when a name is kept; texts are kept as they were sent
. "$(dirname "$0")/lib.sh"
try_warehouse '{"name":"Åre Čåp"}'
has '.name == "Åre Čåp"'
