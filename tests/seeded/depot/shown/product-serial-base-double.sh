#!/usr/bin/env bash
# serialBase 9007199254740993 becomes 9007199254740992 (a double); it is an int64 and kept as sent
. "$(dirname "$0")/lib.sh"
json POST /products '{"sku":"TEST0001","name":"Test","price":10,"serialBase":9007199254740993}'
says '"serialBase":9007199254740993[,}]'
