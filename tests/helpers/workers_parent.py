"""Starts a worker process, prints its number, and waits: a process of its own, which is killed."""

from __future__ import annotations

import time

from codec.system.workers import processes
from helpers.worker_tasks import Process

if __name__ == "__main__":
    with processes(1) as workers:
        print(workers.do(Process()), flush=True)
        time.sleep(60)
