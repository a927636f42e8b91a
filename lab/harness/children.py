# SPDX-License-Identifier: MIT
"""The processes that the lab starts, and only those: each in a session of its own, watched, and ended by its own process group."""
import os
import signal
import subprocess
import threading
import time


class Child:
    def __init__(self, name, process):
        self.name, self.process = name, process
        self.truth = {}  # word -> (time, value) of the first such line
        self.ended_at = None
        self._reader = None

    def read_truth(self):
        """Collects the lines "TIME WORD [VALUE]" of its standard output, in the background."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            words = line.split()
            try:
                if len(words) in (2, 3):
                    self.truth.setdefault(words[1], (float(words[0]), float(words[2]) if len(words) == 3 else None))
            except ValueError:
                pass

    def finish_reading(self):
        if self._reader:
            self._reader.join(5)

    def time_of(self, word):
        return self.truth[word][0] if word in self.truth else None


class Children:
    def __init__(self, enter):
        self._enter = enter  # the program that puts another one into its place
        self.all = []

    def start(self, name, arguments, procs=(), net=None, seconds=None, stdout=None, stderr=None, cwd=None, is_truthful=False):
        """Starts a child in these cgroups (cgroup.procs files) and in the network namespace of process net ("new": one of its own)."""
        place = [a for file in procs for a in ('--procs', file)]
        place += ['--net', str(net)] if net is not None else []
        place += ['--seconds', str(int(seconds))] if seconds else []
        process = subprocess.Popen([self._enter, *place, '--', *map(str, arguments)], stdin=subprocess.DEVNULL, cwd=cwd,
                                   stdout=subprocess.PIPE if is_truthful else stdout or subprocess.DEVNULL, stderr=stderr,
                                   start_new_session=True, text=True)
        child = Child(name, process)
        self.all.append(child)
        if is_truthful:
            child.read_truth()
        return child

    @staticmethod
    def has_ended(child):
        """Without reaping it: until end() does, its number is nobody else's."""
        if child.process.returncode is not None:
            return True
        if os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        if child.ended_at is None:
            child.ended_at = time.time()
        return True

    def wait(self, child, until, also=None):
        """Waits for the child's end or the moment (Unix time), looking at also() in between, which ends the wait by being true. True when it has ended;
        ended_at is then known to 20 ms."""
        while True:
            if self.has_ended(child):
                return True
            if time.time() >= until or (also and also()):
                return False
            time.sleep(0.02)

    def end(self, child, patience_s=5.0):
        """Asks its process group to end, kills it after a while, and takes its exit status (process.returncode)."""
        if child.process.returncode is not None:
            return
        self._signal(child, signal.SIGTERM)
        self.wait(child, time.time() + patience_s)
        self._signal(child, signal.SIGKILL)  # also whatever of its group outlived it
        child.process.wait()
        if child.ended_at is None:
            child.ended_at = time.time()
        child.finish_reading()

    @staticmethod
    def _signal(child, number):
        try:
            os.killpg(child.process.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def end_all(self):
        for child in reversed(self.all):
            self.end(child)
        self.all = []
