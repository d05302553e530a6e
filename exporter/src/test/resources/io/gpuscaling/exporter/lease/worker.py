"""A worker that does what its standard input says and answers each line with one; see WorkerClientsIT."""

import importlib.util
import os
import sys
import time

spec = importlib.util.spec_from_file_location("gpu_task", sys.argv[1])
gpu_task = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gpu_task)
tasks = {}


def timed(call):
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1e6


def bulk(count):
    added = []
    for _ in range(count):
        task = gpu_task.gpu_task(task_class="sample", queue="jobs", waited=0.5)
        added.append(timed(task.__enter__) + timed(lambda: task.__exit__(None, None, None)))
        time.sleep(0.002)
    added.sort()
    return int(added[int(len(added) * 0.9)])


def fork():
    child = os.fork()
    if child == 0:
        with gpu_task.gpu_task(task_id="of-the-child"):
            sys.stdin.readline()
        gpu_task.close()
        os._exit(0)
    return child


for line in sys.stdin:
    words = line.split()
    if words[0] == "start":
        tasks[words[1]] = gpu_task.gpu_task(
            task_id=words[1], task_class=words[2], queue="jobs", waited=1.5)
        answer = int(timed(tasks[words[1]].__enter__))
    elif words[0] == "end":
        task = tasks.pop(words[1])
        task.outcome = words[2]
        answer = int(timed(lambda: task.__exit__(None, None, None)))
    elif words[0] == "odd":
        with gpu_task.gpu_task(task_class="no label value!", queue="q" * 999, waited=-1, task_id="a b"):
            with gpu_task.gpu_task(task_class=7, queue=object(), waited="long", task_id=object()):
                answer = "ok"
    elif words[0] == "raise":
        try:
            with gpu_task.gpu_task():
                raise LookupError("lost")
        except LookupError as error:
            answer = "caught " + str(error)
    elif words[0] == "bulk":
        answer = bulk(int(words[1]))
    elif words[0] == "draining":
        answer = str(gpu_task.draining()).lower()
    elif words[0] == "fork":
        answer = fork()
    print(answer, flush=True)
