# What the scripts beside it share. Each is called with the base address; it ends with 0 when its fault shows, with 1 when
# the server does as the document says, and with 2 when that could not be found out.
set -u
base="$1"
key="${key-depot-manager-key}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
curl -s -o "$scratch/alive" "$base/health" || { echo "no answer from $base" >&2; exit 2; }

# ask METHOD PATH [CURL OPTION…]: sets $status (000: no answer), $body and $head.
ask() {
    local method="$1" path="$2" how
    shift 2
    how=(-X "$method")
    [ "$method" != HEAD ] || how=(--head)
    [ -z "$key" ] || how+=(-H "X-Api-Key: $key")
    : >"$scratch/body"
    : >"$scratch/head"
    status="$(curl -sgS --path-as-is -m 10 -o "$scratch/body" -D "$scratch/head" -w '%{http_code}' "${how[@]}" "$@" "$base$path" 2>/dev/null)"
    body="$(tr -d '\0' <"$scratch/body")"
    head="$(tr -d '\r' <"$scratch/head")"
}
# typed TYPE METHOD PATH BODY [CURL OPTION…]
typed() {
    local type="$1" method="$2" path="$3" sent="$4"
    shift 4
    ask "$method" "$path" -H "Content-Type: $type" --data-binary "$sent" "$@"
}
json() { typed application/json "$@"; }
merge() { typed application/merge-patch+json PATCH "$@"; }
form() { typed application/x-www-form-urlencoded "$@"; }

# What must hold before the fault can be seen.
need() {
    case "$status" in $1) ;; *) echo "unexpected $status: $body" >&2; exit 2 ;; esac
}
# The last line of a script: what the document says.
is() { # one of these statuses
    local code
    for code in "$@"; do [ "$status" != "$code" ] || exit 1; done
    exit 0
}
has() { # the body is one JSON text of which this is true
    if [ "$(printf %s "$body" | jq -s length 2>/dev/null)" = 1 ] && printf %s "$body" | jq -e "$1" >/dev/null 2>&1; then exit 1; fi
    exit 0
}
says() { # the body has this text
    if printf %s "$body" | grep -qE -- "$1"; then exit 1; fi
    exit 0
}
header() { # a line of the head is like this
    if printf %s "$head" | grep -qiE -- "^$1\$"; then exit 1; fi
    exit 0
}
get() { # a member of the last body
    printf %s "$body" | jq -r "$1"
}
times() { # times N TEXT
    local i out=""
    for ((i = 0; i < $1; i++)); do out+="$2"; done
    printf %s "$out"
}

# Bodies that are accepted, with other members put in; `try_…` sends one, `new_…` also wants it accepted.
with() { jq -cn --argjson a "$1" --argjson b "${2:-"{}"}" '$a + $b'; }
warehouse='{"code":"ZZZ-01","name":"Test Site","country":"NO"}'
bin='{"bin":"Z9","kind":"shelf"}'
item='{"sku":"TEST0001","quantity":5}'
product='{"sku":"TEST0001","name":"Test","price":10}'
delivery='{"warehouse_code":"OSL-01","arrives_on":"2026-11-02","lines":[{"sku":"TEST0001","quantity":5}]}'
try_warehouse() { json POST /warehouses "$(with "$warehouse" "${1:-}")"; }
try_bin() { json POST /warehouses/ZZZ-01/bins "$(with "$bin" "${1:-}")"; }
try_item() { json POST /warehouses/ZZZ-01/bins/Z9/items "$(with "$item" "${1:-}")"; }
try_product() { json POST /products "$(with "$product" "${1:-}")"; }
try_supplier() { form POST /suppliers "name=Test+Ltd&email=a@test.example${1:-}"; }
try_delivery() { json POST /deliveries "$(with "$delivery" "${1:-}")"; }
new_warehouse() { try_warehouse "${1:-}"; need '2*'; }
new_bin() { new_warehouse; try_bin "${1:-}"; need '2*'; }
new_item() { new_bin; try_item "${1:-}"; need '2*'; }
new_product() { try_product "${1:-}"; need '2*'; id="$(get .id)"; }
new_supplier() { try_supplier "${1:-}"; need '2*'; id="$(get .supplier_id)"; }
new_delivery() { try_delivery "${1:-}"; need '2*'; id="$(get .delivery_id)"; }
put_warehouse() { json PUT /warehouses/ZZZ-01 "$(with '{"name":"Test Site","country":"NO"}' "${1:-}")"; }
patch_warehouse() { merge /warehouses/ZZZ-01 "$1"; }
put_bin() { json PUT /warehouses/ZZZ-01/bins/Z9 "$(with '{"kind":"shelf","version":1}' "${1:-}")"; }
patch_product() { json PATCH "/products/$id" "$1"; }
put_supplier() { form PUT "/suppliers/$id" "name=Test+Ltd&email=a@test.example${1:-}"; }
put_delivery() { json PUT "/deliveries/$id" "$(with "$(with "$delivery" '{"version":1}')" "${1:-}")"; }
dispatch() { json POST "/deliveries/$id/dispatch" "${1:-"{\"carrier\":\"Posten\"}"}"; }
