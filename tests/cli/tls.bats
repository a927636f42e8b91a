#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# TLS of the HTTP service, asked by curl and openssl: versions, wrong files, new certificates, slow handshakes.

load common

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; tail -n 12 err 2>/dev/null || true; }
}

# certificate NAME: NAME.crt and NAME.key in ./etc, for this host.
certificate()
{
    mkdir -p etc
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "etc/$1.key" -out "etc/$1.crt" -days 30 -subj "/CN=$1" \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
    chmod 600 "etc/$1.key"
}

# serve: with etc/used.crt and etc/used.key: pid, url, port.
serve()
{
    printf 'http: {listen: "127.0.0.1:0", tls_cert: "%s", tls_key: "%s"}\n' "$PWD/etc/used.crt" "$PWD/etc/used.key" >etc/coherence.yaml
    begin run --json -c etc/coherence.yaml --set sources.host.deep=off
    lines_of out 1
    url=$(sed -n 's/^coherence: HTTP on \(https[^ ,]*\)\/.*/\1/p' err)
    port=${url##*:}
}

# use NAME: puts that certificate in the place of the one that is used, as a renewal does.
use()
{
    cp -p "etc/$1.key" etc/new && mv -T etc/new etc/used.key
    cp -p "etc/$1.crt" etc/new && mv -T etc/new etc/used.crt
}

asked()
{
    curl -s -m 10 --cacert "etc/$1.crt" "$url/healthz" || true
}

@test "TLS 1.2 and 1.3, nothing older and nothing plain; a renewed certificate serves after SIGHUP, a wrong one never" {
    command -v openssl >/dev/null || skip 'openssl is not installed'
    certificate first
    certificate second
    use first
    serve
    is "$(asked first)" ok
    is "$(asked second)" ''
    curl -s -m 5 "http://127.0.0.1:$port/healthz" >plain || true
    is "$(cat plain)" ''
    for version in tls1_2 tls1_3; do
        openssl s_client -connect "127.0.0.1:$port" -$version </dev/null 2>/dev/null >session
        grep -q '^New, TLSv1' session
    done
    openssl s_client -connect "127.0.0.1:$port" -tls1_1 -cipher 'ALL:@SECLEVEL=0' </dev/null >session 2>/dev/null || true
    grep -q 'Cipher is (NONE)' session
    use second
    kill -HUP "$pid"
    for _ in {1..50}; do [ "$(asked second)" != ok ] || break; sleep 0.1; done
    is "$(asked second)" ok
    cp -p etc/first.key etc/used.key
    kill -HUP "$pid"
    for _ in {1..50}; do ! grep -q 'was not reloaded' err || break; sleep 0.1; done
    has "http.tls_key: the key in '$PWD/etc/used.key' is not that of the certificate in '$PWD/etc/used.crt'" "$(cat err)"
    is "$(asked second)" ok
    curl -s -m 10 --cacert etc/second.crt "$url/api/v1/status" >>out
    # Nothing of the keys is said anywhere, and there is no core to find them in.
    for key in first second; do is "$(grep -cF "$(sed -n 2p "etc/$key.key")" out err | paste -sd,)" 'out:0,err:0'; done
    is "$(sed -n 's/^Max core file size *\([0-9]*\).*/\1/p' "/proc/$pid/limits")" 0
    kill "$pid"
    ends 0 3
}

@test "what cannot serve is refused at the start, with place and remedy" {
    command -v openssl >/dev/null || skip 'openssl is not installed'
    certificate one
    certificate two
    use one
    with()
    {
        printf 'http: {listen: "%s", tls_cert: "%s", tls_key: "%s"}\n' "$@" >c.yaml
    }
    with 127.0.0.1:0 "$PWD/etc/one.crt" "$PWD/etc/two.key"
    refused 2 'give the two that were made together' run -c c.yaml --duration 1
    with 127.0.0.1:0 "$PWD/etc/one.key" "$PWD/etc/one.key"
    refused 2 'holds no certificate in PEM form' run -c c.yaml --duration 1
    install -m 600 etc/one.crt etc/no.key
    with 127.0.0.1:0 "$PWD/etc/one.crt" "$PWD/etc/no.key"
    refused 2 'holds no private key in PEM form' run -c c.yaml --duration 1
    with 127.0.0.1:0 "$PWD/etc/none.crt" "$PWD/etc/one.key"
    refused 2 'No such file or directory' run -c c.yaml --duration 1
    chmod 644 etc/two.key
    with 127.0.0.1:0 "$PWD/etc/two.crt" "$PWD/etc/two.key"
    refused 2 'everybody can get at' run -c c.yaml --duration 1
    with 127.0.0.1:0 "$PWD/etc/one.crt" ''
    refused 2 'http.tls_cert is set without http.tls_key' check-config c.yaml
    # Beyond this host a token or TLS.
    with 0.0.0.0:0 "$PWD/etc/one.crt" "$PWD/etc/one.key"
    fine check-config c.yaml
    with 0.0.0.0:0 '' ''
    refused 2 'others can reach 0.0.0.0:0; set http.token_file or http.tls_cert' check-config c.yaml
}

@test "slow and many handshakes cost no tick" {
    command -v openssl >/dev/null || skip 'openssl is not installed'
    command -v python3 >/dev/null || skip 'python3 is not installed'
    certificate one
    use one
    serve
    python3 - "$port" >report <<'END'
import socket, ssl, sys, threading, time
port, done, slow = int(sys.argv[1]), [], []
for i in range(300):  # they begin and say no more
    s = socket.create_connection(('127.0.0.1', port))
    s.sendall(b'\x16\x03\x01\x02\x00\x01' if i % 2 else b'\x16')
    slow.append(s)
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
until = time.monotonic() + 4
def shake():
    while time.monotonic() < until:
        begun = time.monotonic()
        with context.wrap_socket(socket.create_connection(('127.0.0.1', port))) as s:
            s.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
            assert b'200 OK' in s.recv(4096)
        done.append(time.monotonic() - begun)
threads = [threading.Thread(target=shake) for _ in range(8)]
[t.start() for t in threads], [t.join() for t in threads]
done.sort()
print(f'handshakes {len(done)}\nmedian_ms {done[len(done) // 2] * 1000:.1f}\nworst_ms {done[-1] * 1000:.1f}')
END
    sed 's/^/# /' report >&3
    [ "$(sed -n 's/^handshakes //p' report)" -ge 20 ]
    sleep 1
    is "$(curl -s -m 5 --cacert etc/one.crt "$url/metrics" | sed -n 's/^coherence_tick_overruns_total //p')" 0
    jq -e -s '[.[] | select(.type == "tick").t] | [.[1:], .[:-1]] | transpose | all(.[0] - .[1] == 1)' out >/dev/null
    kill "$pid"
    ends 0 3
}
