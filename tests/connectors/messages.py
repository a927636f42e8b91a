# SPDX-License-Identifier: MIT
"""Messages of remote write and OTLP, good and bad, written to files, for tests that post them with curl.

usage: messages.py DIRECTORY NOW_SECONDS
"""
import gzip
import pathlib
import struct
import sys


def varint(n):
    out = b""
    while True:
        byte, n = n & 0x7F, n >> 7
        out += bytes([byte | (0x80 if n else 0)])
        if not n:
            return out


def field(number, value):
    """A field of bytes (text, message), double or unsigned integer."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3) + varint(value)


def fixed(number, value):
    return varint(number << 3 | 1) + struct.pack("<Q", value)


def snappy(data):
    """The block format, with literals only."""
    out = varint(len(data))
    for i in range(0, len(data), 60):
        part = data[i:i + 60]
        out += bytes([(len(part) - 1) << 2]) + part
    return out


def series(labels, samples):
    body = b"".join(field(1, field(1, k) + field(2, v)) for k, v in labels)
    return field(1, body + b"".join(field(2, field(1, v) + field(2, t)) for t, v in samples))


def series_2(refs, samples):
    body = field(1, b"".join(varint(r) for r in refs))
    return field(5, body + b"".join(field(2, field(1, v) + field(2, t)) for t, v in samples))


def attribute(number, key, value):
    return field(number, field(1, key) + field(2, field(1, value)))


def otlp(name, kind, data):
    resource = field(1, attribute(1, "host.name", "otlp-1") + attribute(1, "service.name", "shop"))
    return field(1, resource + field(2, field(2, field(1, name) + field(kind, data))))


def main():
    to, now = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    ms = now * 1000
    good = series([("__name__", "queue_depth"), ("host", "rw-1")], [(ms, 5.0)])
    symbols = b"".join(field(4, s) for s in ["", "__name__", "queue_depth", "host", "rw-2"])
    point = field(1, fixed(3, now * 10**9) + field(4, 7.0))
    deep = b""
    while len(deep) < 34000:
        deep = field(5 if len(deep) % 2 else 1, deep)
    files = {
        "good": snappy(good),
        "plain": good,
        "again": snappy(good),
        "old": snappy(good + series([("__name__", "queue_depth"), ("host", "rw-3")], [(ms - 86400000, 5.0)])),
        "unnamed": snappy(series([("host", "rw-1")], [(ms, 5.0)])),
        "cut": snappy(good[:-3]),
        "bomb": varint(1 << 31) + b"\x20telemetry",
        "deep": snappy(deep),
        "good2": snappy(symbols + series_2([1, 2, 3, 4], [(ms, 5.0)])),
        "refs2": snappy(symbols + series_2([1, 9], [(ms, 5.0)])),
        "gauge": otlp("queue.depth", 5, point),
        "gauge.gz": gzip.compress(otlp("queue.depth", 5, field(1, fixed(3, (now + 1) * 10**9) + field(4, 8.0)))),
        "odd": otlp("odd", 7, point + field(2, 1)),
        "otlp_cut": otlp("queue.depth", 5, point)[:-3],
        "otlp_deep": deep,
        "bomb.gz": gzip.compress(bytes(80 << 20)),
        "big": bytes(17 << 20),
    }
    for name, data in files.items():
        (to / name).write_bytes(data)


if __name__ == "__main__":
    main()
