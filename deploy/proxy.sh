#!/bin/sh
# Fills in deploy/nginx.conf.template from the environment and becomes nginx. `proxy.sh check` only tests the result.
#
#   PROXY_SERVERS           web processes, separated by spaces              web:8000
#   PROXY_HTTP              address or port that redirects to https         8080
#   PROXY_HTTPS             address or port that serves                     8443
#   PROXY_CERTIFICATE       certificate with its chain, PEM                 none: a self-signed one is made
#   PROXY_CERTIFICATE_KEY   its key, PEM
#   PROXY_TRUSTED           networks of load balancers in front             none: who connects is the caller
#   PROXY_FILES_DIR         the app's FILES_DIR as seen here, for DOWNLOADS=proxy
#   PROXY_DIR               folder nginx may write: requests on their way   /run/proxy
#   PROXY_USER              whose rights nginx's workers have, when root starts it
#   UPLOAD_LIMIT_MB         as in the app                                   100
#   ALLOWED_HOSTS           as in the app; the names in a self-signed certificate
set -eu
PATH="$PATH:/usr/sbin"

here=$(cd "$(dirname "$0")" && pwd)
export PROXY_DIR="${PROXY_DIR:-/run/proxy}"
export PROXY_PAGES_DIR="$here/pages"
export PROXY_HTTP="${PROXY_HTTP:-8080}" PROXY_HTTPS="${PROXY_HTTPS:-8443}"
export PROXY_FILES_DIR="${PROXY_FILES_DIR:-/nonexistent}"
mkdir -p "$PROXY_DIR"

# Five of the largest files in one request (evidence/uploads.py), and what was typed beside them.
export PROXY_BODY_LIMIT="$((${UPLOAD_LIMIT_MB:-100} * 5 + 5))m"

PROXY_USER_LINE=""
if [ "$(id -u)" = 0 ]; then
    PROXY_USER_LINE="user ${PROXY_USER:-www-data};"
fi

PROXY_SERVERS_LINES=""
for server in ${PROXY_SERVERS:-web:8000}; do
    PROXY_SERVERS_LINES="$PROXY_SERVERS_LINES        server $server max_fails=1 fail_timeout=5s;
"
done

PROXY_REAL_IP=""
if [ -n "${PROXY_TRUSTED:-}" ]; then
    for network in $PROXY_TRUSTED; do
        PROXY_REAL_IP="$PROXY_REAL_IP    set_real_ip_from $network;
"
    done
    PROXY_REAL_IP="$PROXY_REAL_IP    real_ip_header X-Forwarded-For;
    real_ip_recursive on;"
fi

if [ -z "${PROXY_CERTIFICATE:-}" ]; then
    PROXY_CERTIFICATE="$PROXY_DIR/self-signed.pem" PROXY_CERTIFICATE_KEY="$PROXY_DIR/self-signed.key"
    if [ ! -f "$PROXY_CERTIFICATE" ]; then
        names="DNS:localhost,IP:127.0.0.1"
        for host in $(echo "${ALLOWED_HOSTS:-}" | tr ',' ' '); do
            case "$host" in
                *[!A-Za-z0-9.-]* | *[0-9]) ;;
                *) names="$names,DNS:${host#.}" ;;
            esac
        done
        (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
            -subj "/CN=Countersign" -addext "subjectAltName=$names" \
            -keyout "$PROXY_CERTIFICATE_KEY" -out "$PROXY_CERTIFICATE" 2>/dev/null)
        echo "proxy: PROXY_CERTIFICATE is not set; serving a self-signed certificate that no browser trusts." >&2
    fi
fi
export PROXY_USER_LINE PROXY_SERVERS_LINES PROXY_REAL_IP PROXY_CERTIFICATE PROXY_CERTIFICATE_KEY

variables=$(grep -o '\${PROXY_[A-Z_]*}' "$here/nginx.conf.template" | sort -u | tr '\n' ' ')
envsubst "$variables" <"$here/nginx.conf.template" >"$PROXY_DIR/nginx.conf"

# nginx opens its log by name, which a standard output that is a socket or another user's file does not allow.
rm -f "$PROXY_DIR/log"
mkfifo -m 600 "$PROXY_DIR/log"
cat "$PROXY_DIR/log" &
# Ours until nginx ends, however early, so that `cat` ends with it.
exec 9>"$PROXY_DIR/log"

if [ "${1:-}" = check ]; then
    exec nginx -t -q -e stderr -c "$PROXY_DIR/nginx.conf"
fi
exec nginx -e stderr -c "$PROXY_DIR/nginx.conf"
