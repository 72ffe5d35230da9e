"""The loop that comes before the threads that compute still hears of everything."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from dockerwall.app.attention import attentive_loop


@pytest.fixture(autouse=True)
def _turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_news_is_heard_while_the_loop_always_has_work() -> None:
    reading, writing = os.pipe()

    async def work() -> bytes:
        heard: list[bytes] = []
        asyncio.get_running_loop().add_reader(reading, lambda: heard.append(os.read(reading, 9)))
        os.write(writing, b"key")
        while not heard:
            await asyncio.sleep(0)
        return heard[0]

    try:
        with asyncio.Runner(loop_factory=attentive_loop) as runner:
            assert runner.run(asyncio.wait_for(work(), 20)) == b"key"
    finally:
        os.close(reading)
        os.close(writing)


def test_a_thread_wakes_the_loop_and_a_thread_that_computes_lets_it_work() -> None:
    over = threading.Event()

    def compute() -> None:
        while not over.is_set():
            sum(range(100))

    async def work() -> int:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[int] = loop.create_future()
        teller = threading.Timer(0.01, lambda: loop.call_soon_threadsafe(told.set_result, 7))
        teller.start()
        return await asyncio.wait_for(told, 20)

    busy = threading.Thread(target=compute, daemon=True)
    busy.start()
    try:
        with asyncio.Runner(loop_factory=attentive_loop) as runner:
            assert runner.run(work()) == 7
    finally:
        over.set()
        busy.join()
