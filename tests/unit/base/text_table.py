#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes text_table.h: hostile bytes, and what Python's own UTF-8 decoder says they should become.

Run by hand when the table is to change:  python3 text_table.py > text_table.h
"""
import json
import random

random.seed(20261122)

FIXED = [
    b"", b"plain", b'quote " back \\ slash /', b"\x00\x01\x07\b\t\n\v\f\r\x1b[31m\x1f", b"\x7f del", "caf\u00e9 \u20ac \U0001f600".encode(),
    b"\xc2\x80 \xc2\x9b31m \xc2\x9f \xc2\xa0",            # C1 in UTF-8, then the first that is none
    b"\x80", b"\xbf\xbf", b"a\x9b31m",                     # lone continuations, C1 as single bytes
    b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf",  # overlong
    b"\xe0\xa0\x80", b"\xf0\x90\x80\x80",                 # the first that are not
    b"\xed\x9f\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xee\x80\x80",  # around the surrogates
    b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfe\xff",  # around U+10FFFF
    b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xf0\x9f", b"\xf0",  # cut short
    b"\xc3(", b"\xe2\x82(", b"\xe2(\x82", b"\xf0\x9f\x98A", b"\xf0\x9fA\x98", b"\xe2\x82\xe2\x82\xac", b"\xf0\x9f\xf0\x9f\x98\x80",
    b"\xef\xbf\xbd", b"\xef\xbb\xbf bom", b"\xe2\x80\xa8\xe2\x80\xa9", b"foo) Z ", b"()()()())))", b"</script>",
]


def json_text(b):
    s = json.dumps(b.decode("utf-8", "replace"), ensure_ascii=False)
    return s.encode()


def printable(b):
    out = b""
    text = b.decode("utf-8", "surrogateescape")
    for c in text:
        n = ord(c)
        if n < 0x20 or 0x7F <= n < 0xA0 or 0xDC80 <= n <= 0xDCFF:
            out += b"".join(b"\\x%02x" % x for x in c.encode("utf-8", "surrogateescape"))
        else:
            out += c.encode()
    return out


def literal(b):
    return '"' + "".join(chr(c) if 32 <= c < 127 and c not in b'"\\?' else "\\%03o" % c for c in b) + '"'


pool = [bytes([c]) for c in (0x00, 0x1B, 0x22, 0x41, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9B, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1,
                              0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF)]
rows = FIXED + [b"".join(random.choice(pool) for _ in range(random.randint(2, 12))) for _ in range(160)]
print("""/* SPDX-License-Identifier: MIT
 * Made by text_table.py with Python's decoder and json module: bytes, the JSON string, the printable form. */
/* clang-format off */

#define BYTES(literal) {literal, sizeof(literal) - 1}

static const struct row rows[] = {""")
for b in rows:
    print(f"    {{BYTES({literal(b)}), BYTES({literal(json_text(b))}), BYTES({literal(printable(b))})}},")
print("};\n\n/* clang-format on */")
