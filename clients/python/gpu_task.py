"""Tells the gpuscaling exporter of this node which GPU tasks this worker runs.

One file, no dependency, Python 3.8 or newer. Copy it beside your worker:

    from gpu_task import gpu_task, draining

    while not draining():
        job = queue.get()
        with gpu_task(task_class="sample", queue="jobs", waited=job.waited_seconds):
            run(job)

It never raises into the worker and never makes it wait: calls only note what happens, and a thread of its own tells the
exporter, renews what runs, and tries again for as long as the exporter is away. What cannot be told is logged (logger
"gpu_task") once per change. A worker that is killed is counted for one time to live at most.

As a preStop hook, so that a pod that is taken away starts nothing new and goes when its tasks have ended:

    python3 gpu_task.py drain --timeout 600s

Set by environment variables:
    GPUSCALING_LEASE_URL         https://exporter-leases.gpuscaling.svc:9403
    GPUSCALING_LEASE_TOKEN_FILE  /var/run/secrets/gpuscaling/leases/token
    GPUSCALING_LEASE_CA_FILE     /var/run/secrets/gpuscaling/leases/ca.crt
"""

import atexit
import collections
import http.client
import json
import logging
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse
import uuid

__all__ = ["gpu_task", "draining", "close"]

_log = logging.getLogger("gpu_task")

_REQUEST_TIMEOUT = 5.0  # seconds, each for connecting and for an answer
_FIRST_RENEWAL = 10.0  # seconds; the exporter's answer says how long leases live
_MIN_PAUSE, _MAX_PAUSE = 0.2, 5.0  # seconds between tries while the exporter is away
_MAX_UNTOLD = 4096  # starts and ends that wait to be told; the oldest are given up first
_MAX_TASKS = 1024  # running tasks that are told of; the exporter takes no more of one session
_EXIT_WAIT = 1.0  # seconds at the end of the process for what was not told yet
_MAX_ANSWER = 1 << 20  # bytes

# What the exporter takes; one task that it refuses would be in the way of all others.
_TASK_ID = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_TASK_CLASS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_MAX_QUEUE = 255  # characters
_MAX_WAITED = 10 ** 9  # seconds


class _Refused(Exception):
    """The exporter answered, and not with success."""

    def __init__(self, status, message):
        super().__init__("HTTP %d: %s" % (status, message))
        self.status = status


class _Exporter:
    """One connection, kept open; for use by one thread."""

    def __init__(self):
        env = os.environ.get
        self._url = urllib.parse.urlsplit(
            env("GPUSCALING_LEASE_URL", "https://exporter-leases.gpuscaling.svc:9403"))
        self._token_file = env(
            "GPUSCALING_LEASE_TOKEN_FILE", "/var/run/secrets/gpuscaling/leases/token")
        self._ca_file = env("GPUSCALING_LEASE_CA_FILE", "/var/run/secrets/gpuscaling/leases/ca.crt")
        self._connection = None

    def call(self, method, body):
        """The exporter's answer; raises _Refused, OSError, http.client.HTTPException, ValueError."""
        # Read each time: the kubelet replaces it.
        with open(self._token_file, encoding="ascii") as file:
            token = file.read(65536).strip()
        headers = {"authorization": "Bearer " + token, "content-type": "application/json"}
        reused = self._connection is not None
        try:
            return self._exchange(method, body, headers)
        except _Refused:
            raise
        except (OSError, http.client.HTTPException):
            self.close()
            if not reused:
                raise
        # The exporter may have closed a connection that was idle. All calls may be repeated.
        try:
            return self._exchange(method, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def _exchange(self, method, body, headers):
        if self._connection is None:
            if self._url.scheme != "https" or not self._url.hostname:
                raise ValueError("GPUSCALING_LEASE_URL must be https://HOST:PORT")
            self._connection = http.client.HTTPSConnection(
                self._url.hostname, self._url.port or 9403, timeout=_REQUEST_TIMEOUT,
                context=ssl.create_default_context(cafile=self._ca_file))
        self._connection.request("POST", "/v1/leases/" + method, json.dumps(body), headers)
        response = self._connection.getresponse()
        content = response.read(_MAX_ANSWER)
        try:
            answer = json.loads(content)
        except ValueError:
            answer = {}
        if not isinstance(answer, dict):
            answer = {}
        if response.status != 200:
            raise _Refused(response.status, answer.get("message", ""))
        return answer

    def close(self):
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _Session:
    """What this process runs, and the thread that tells of it."""

    def __init__(self):
        self.draining = False
        self._must_renew = False
        self._exporter = _Exporter()
        self._id = uuid.uuid4().hex
        self._changed = threading.Condition()
        self._running = {}  # id -> task as the exporter knows it
        self._untold = collections.deque()  # (method, body)
        self._renew_every = _FIRST_RENEWAL
        self._problem = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="gpu_task", daemon=True)
        self._thread.start()

    def start(self, task):
        with self._changed:
            if len(self._running) < _MAX_TASKS:
                self._running[task["id"]] = task
            self._tell("start", {"sessionId": self._id, "task": task})

    def end(self, task_id, outcome, ran_millis):
        with self._changed:
            self._running.pop(task_id, None)
            self._tell("end", {"sessionId": self._id, "taskId": task_id, "outcome": outcome,
                               "ranMillis": ran_millis})

    def _tell(self, method, body):
        if len(self._untold) >= _MAX_UNTOLD:
            self._untold.popleft()
        self._untold.append((method, body))
        self._changed.notify()

    def close(self, wait):
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(wait)

    def _run(self):
        renew_at, pause = 0.0, _MIN_PAUSE
        while True:
            with self._changed:
                while not self._untold and not self._closing:
                    left = renew_at - time.monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(left)
                next_call = self._next_call(renew_at)
            method, body = next_call
            try:
                if self._told(method, body):
                    return
                pause = _MIN_PAUSE
                if self._must_renew:
                    renew_at = 0.0
                elif method == "renew":
                    renew_at = time.monotonic() + self._renew_every
            except Exception as problem:  # pylint: disable=broad-except
                if self._closing:
                    return
                self._say(problem)
                with self._changed:
                    if not self._closing:
                        self._changed.wait_for(lambda: self._closing, pause)
                pause = min(2 * pause, _MAX_PAUSE)
                renew_at = 0.0  # first of all, when it is back: everything that runs

    def _next_call(self, renew_at):
        if not self._closing and renew_at <= time.monotonic():
            return "renew", {"sessionId": self._id, "tasks": list(self._running.values())}
        if self._untold:
            return self._untold[0]
        return "close", {"sessionId": self._id}

    def _told(self, method, body):
        """Makes a call; True after the last one."""
        self._must_renew = False
        try:
            answer = self._exporter.call(method, body)
        except _Refused as refusal:
            if refusal.status == 409:
                # Runs all the same, and a renewal counts it.
                self._drains(True)
                self._must_renew = True
            elif refusal.status == 400 or (refusal.status == 429 and method == "start"):
                # Of no use to say it again; what runs is told by renewals all the same.
                self._say(refusal)
            else:
                raise
            answer = {}
        else:
            self._say(None)
            if "draining" in answer:
                self._drains(bool(answer["draining"]))
            live = answer.get("timeToLiveMillis")
            if isinstance(live, int) and live > 0:
                self._renew_every = live / 3000.0
        with self._changed:
            if method in ("start", "end") and self._untold and self._untold[0][1] is body:
                self._untold.popleft()
        return method == "close"

    def _drains(self, now):
        # A renewal after the answer tells the exporter that from here on nothing is started without knowing.
        self._must_renew = now and not self.draining
        self.draining = now

    def _say(self, problem):
        text = None if problem is None else "%s: %s" % (type(problem).__name__, problem)
        if text != self._problem:
            self._problem = text
            if text is None:
                _log.info("the exporter is told of GPU tasks again")
            else:
                _log.warning("the exporter cannot be told of GPU tasks now: %s", text)


_lock = threading.Lock()
_session = None


def _current():
    global _session  # pylint: disable=global-statement
    with _lock:
        if _session is None:
            _session = _Session()
        return _session


def _after_fork():
    """A child has no thread of ours: it begins a session of its own when it runs its first task."""
    global _lock, _session  # pylint: disable=global-statement
    _lock = threading.Lock()
    _session = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _fitting(value, pattern, name):
    if value is None or value == "":
        return None
    if pattern.fullmatch(str(value)):
        return str(value)
    _log.warning("%s=%r is left out: it must match %s", name, str(value)[:200], pattern.pattern)
    return None


class gpu_task:  # pylint: disable=invalid-name
    """A running GPU task: a context manager.

    task_class  what kind of work ("sample", "high-res"): a Kubernetes label value, of few different ones
    queue       the queue that it came from
    waited      seconds that it had waited there when it started
    task_id     unique in this pod; made up when it is not given

    An exception that leaves the block makes the outcome "failed" (KeyboardInterrupt and SystemExit: "cancelled") and
    is not touched. `outcome` may be set inside the block.
    """

    def __init__(self, task_class="", queue="", waited=None, task_id=None):
        self.outcome = None
        self._started = 0.0
        self._session = None
        self._task = None
        try:
            self._task = {"id": _fitting(task_id, _TASK_ID, "task_id") or uuid.uuid4().hex}
            name = _fitting(task_class, _TASK_CLASS, "task_class")
            if name:
                self._task["taskClass"] = name
            if queue:
                self._task["queue"] = str(queue)[:_MAX_QUEUE]
            if isinstance(waited, (int, float)) and 0 <= waited <= _MAX_WAITED:
                self._task["waitedMillis"] = int(waited * 1000)
        except Exception as problem:  # pylint: disable=broad-except
            _log.warning("a GPU task is not told of: %s", problem)
            self._task = None

    def __enter__(self):
        self._started = time.monotonic()
        try:
            if self._task is not None:
                self._session = _current()
                self._session.start(self._task)
        except Exception as problem:  # pylint: disable=broad-except
            _log.warning("a GPU task is not told of: %s", problem)
        return self

    def __exit__(self, kind, error, trace):
        try:
            outcome = self.outcome
            if outcome not in ("ok", "failed", "cancelled"):
                outcome = ("ok" if kind is None
                           else "failed" if issubclass(kind, Exception) else "cancelled")
            if self._session is not None:
                ran = int((time.monotonic() - self._started) * 1000)
                self._session.end(self._task["id"], outcome, max(0, ran))
        except Exception as problem:  # pylint: disable=broad-except
            _log.warning("the end of a GPU task is not told of: %s", problem)
        return False


def draining():
    """Whether this pod is being taken away: take no new work. Opens the session, and costs nothing."""
    try:
        return _current().draining
    except Exception as problem:  # pylint: disable=broad-except
        _log.warning("no session: %s", problem)
        return False


def close(wait=_EXIT_WAIT):
    """Tells what was not told yet, and that this worker goes; waits so many seconds at most."""
    global _session  # pylint: disable=global-statement
    with _lock:
        session, _session = _session, None
    if session is not None:
        session.close(wait)


atexit.register(close)


def _seconds(text):
    """A duration as Go writes it: 600s, 10m, 1h30m."""
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError("'%s' is no duration such as 600s or 10m" % text)
    return sum(float(n) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit] for n, unit in parts)


def _drain(timeout):
    """Marks the pod until nothing runs; the exit code: 0 then, 1 when the time is over."""
    exporter, end, said = _Exporter(), time.monotonic() + timeout, None
    while True:
        try:
            answer = exporter.call("drain", {})
            running, complete = answer.get("runningTasks"), answer.get("complete")
            if running == 0 and complete is True:
                return 0
            state = "%s GPU tasks run%s" % (
                running, "" if complete is True else "; the exporter has just started")
        except Exception as problem:  # pylint: disable=broad-except
            state = "the exporter cannot be asked: %s: %s" % (type(problem).__name__, problem)
        if state != said:
            said = state
            print("gpu_task drain: " + state, file=sys.stderr, flush=True)
        left = end - time.monotonic()
        if left <= 0:
            print("gpu_task drain: the time is over", file=sys.stderr, flush=True)
            return 1
        time.sleep(min(1.0, left))


def _main(arguments):
    usage = "usage: python3 gpu_task.py drain [--timeout 600s]"
    try:
        if arguments[:1] != ["drain"]:
            raise ValueError("what is to be done?")
        rest, timeout = arguments[1:], "600s"
        if rest[:1] == ["--timeout"] and len(rest) == 2:
            timeout = rest[1]
        elif len(rest) == 1 and rest[0].startswith("--timeout="):
            timeout = rest[0][len("--timeout="):]
        elif rest:
            raise ValueError("what is '%s'?" % rest[0])
        seconds = _seconds(timeout)
    except ValueError as problem:
        print("%s\n%s" % (problem, usage), file=sys.stderr)
        return 2
    return _drain(seconds)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
