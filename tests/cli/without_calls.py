#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""without_calls.py NUMBER[,NUMBER...] COMMAND...: runs a command as on a kernel that lacks these system calls: they answer ENOSYS.

The filter is a seccomp program (struct sock_filter, linux/filter.h): load the number; for each that is to be missing, jump to ENOSYS.
"""
import ctypes
import os
import struct
import sys

LOAD_NUMBER, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ENOSYS = 0x7FFF0000, 0x00050000 | 38
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2


def program(numbers):
    rows = [(LOAD_NUMBER, 0, 0, 0)]
    for i, number in enumerate(numbers):
        rows.append((EQUAL, len(numbers) - i, 0, number))
    rows += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ENOSYS)]
    return b"".join(struct.pack("=HBBI", *row) for row in rows), len(rows)


def main():
    code, length = program([int(n) for n in sys.argv[1].split(",")])
    code = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("@HP", length, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, head, 0, 0):
        sys.exit("without_calls.py: " + os.strerror(ctypes.get_errno()))
    os.execvp(sys.argv[2], sys.argv[2:])


main()
