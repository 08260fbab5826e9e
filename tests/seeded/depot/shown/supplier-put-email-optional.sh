#!/usr/bin/env bash
# a form without email is accepted on replacing; it is required
. "$(dirname "$0")/lib.sh"
new_supplier
form PUT "/suppliers/$id" 'name=Test'
is 422
