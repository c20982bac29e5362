"""The running page under load: many clients, long files, slow uploads, and a thousand requests.

All traffic stays on this machine, and all measurements have a time limit.
"""

from __future__ import annotations

import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import numpy as np

from benchmarks.reliability_process import Page, clip, running_page

CLIENTS = (1, 2, 8, 32)
CLIP_SECONDS = 3.0
SLOW_CLIENT = "127.0.0.2"
"""Another address of this machine, so that the page can distinguish slow uploads from the other client's."""


def load(page: Page, *, short: bool = False) -> dict[str, Any]:
    """Let 1, 2, 8 and 32 clients send requests without a pause, each for its own copy of a clip of 3 s."""
    seconds = 1.5 if short else 15.0
    return {"seconds": seconds, "clients": [_load(page, count, seconds) for count in CLIENTS[:: 2 if short else 1]]}


def _load(page: Page, count: int, seconds: float) -> dict[str, Any]:
    clients = [page.client() for _ in range(count)]
    uploads = [client.upload(clip(CLIP_SECONDS)) for client in clients]
    clients[0].predict(uploads[0])
    begun = time.perf_counter()

    def ask(number: int) -> list[tuple[float, bool]]:
        asked = []
        while time.perf_counter() - begun < seconds:
            start = time.perf_counter()
            try:
                is_answered = clients[number].predict(uploads[number]) is not None
            except httpx.HTTPError:
                is_answered = False
            asked.append((time.perf_counter() - start, is_answered))
        return asked

    with ThreadPoolExecutor(count) as pool:
        asked = [one for of_client in pool.map(ask, range(count)) for one in of_client]
    took = time.perf_counter() - begun
    for client in clients:
        client.close()
    waits = [wait for wait, is_answered in asked if is_answered]
    return {
        "clients": count,
        "answers": len(waits),
        "errors": len(asked) - len(waits),
        "answers_per_second": round(len(waits) / took, 1),
        "p50_seconds": round(float(np.percentile(waits, 50)), 3) if waits else None,
        "p95_seconds": round(float(np.percentile(waits, 95)), 3) if waits else None,
    }


def limits(*, short: bool = False) -> dict[str, Any]:
    """Send more requests than allowed, and count the refused ones."""
    allowed, requests = 30, 45 if short else 120
    with running_page(requests_per_minute=allowed) as page, page.client() as client:
        responses = [client.status("/config") for _ in range(requests)]
    refused = [retry_after for status, retry_after in responses if status == 429]
    return {
        "allowed_per_minute": allowed,
        "requests": requests,
        "answered": sum(status == 200 for status, _ in responses),
        "refused": len(refused),
        "refused_with_retry_after": sum(retry_after.isdecimal() for retry_after in refused),
        "others": sum(status not in (200, 429) for status, _ in responses),
    }


def long_files(page: Page, *, short: bool = False) -> dict[str, Any]:
    """Queue long files, then send short clips one after the other."""
    count, length, clips, patience = (4, 90.0, 3, 60.0) if short else (20, 540.0, 10, 300.0)
    recording, brief = clip(length), clip(CLIP_SECONDS)
    answered: list[float] = []
    begun = time.perf_counter()

    def ask(uploaded: str) -> None:
        with page.client() as client:
            try:
                if client.predict(uploaded):
                    answered.append(time.perf_counter() - begun)
            except httpx.HTTPError:
                pass

    with page.client() as client:
        client.predict(client.upload(brief))
        uploads = [client.upload(recording) for _ in range(count)]
        threads = [threading.Thread(target=ask, args=(upload,), daemon=True) for upload in uploads]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        time.sleep(0.5 if short else 3.0)  # until all of them are waiting
        waits, ahead = [], []
        for _ in range(clips):
            ahead.append(count - len(answered))
            start = time.perf_counter()
            is_answered = client.predict(client.upload(brief)) is not None
            waits.append(time.perf_counter() - start if is_answered else float("inf"))
            time.sleep(0.05 if short else 1.0)
    while len(answered) < count and time.perf_counter() - begun < patience:
        time.sleep(0.1)
    return {
        "long_files": count,
        "long_seconds": length,
        "short_clips": clips,
        "long_files_still_waiting": ahead,
        "short_median_seconds": round(statistics.median(waits), 2),
        "short_worst_seconds": round(max(waits), 2),
        "long_answered": len(answered),
        "long_all_after_seconds": round(max(answered), 1) if len(answered) == count else None,
        "peak_megabytes": round(page.peak_megabytes),
    }


def slow_uploads(page: Page, *, short: bool = False) -> dict[str, Any]:
    """Keep many uploads open by sending single bytes, and request predictions at the same time."""
    count, seconds = (20, 2.0) if short else (200, 40.0)
    brief, sockets, waits, errors = clip(CLIP_SECONDS), _slow_connections(page.port, count), [], 0
    begun = time.perf_counter()
    try:
        with page.client() as client:
            while time.perf_counter() - begun < seconds:
                for one in sockets:
                    _drip(one)
                start = time.perf_counter()
                try:
                    errors += client.predict(client.upload(brief)) is None
                except httpx.HTTPError:
                    errors += 1
                waits.append(time.perf_counter() - start)
                time.sleep(0.25)
        refused = sum(not _drip(one) for one in sockets)
    finally:
        for one in sockets:
            one.close()
    return {
        "connections": count,
        "seconds": seconds,
        "closed_by_the_page": refused,
        "requests": len(waits),
        "errors": errors,
        "median_seconds": round(statistics.median(waits), 2),
        "worst_seconds": round(max(waits), 2),
    }


def _slow_connections(port: int, count: int) -> list[socket.socket]:
    """Return connections, each with the beginning of an upload of one megabyte."""
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\nRIFF'
    )
    sockets = []
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", port), timeout=10.0, source_address=(SLOW_CLIENT, 0))
        one.sendall(head.encode())
        one.setblocking(False)
        sockets.append(one)
    return sockets


def _drip(one: socket.socket) -> bool:
    """Send one more byte; return whether the other side still accepts it."""
    try:
        one.send(b"a")
        one.recv(1, socket.MSG_PEEK)
        return False  # a response, or the end of the connection
    except BlockingIOError:
        return True
    except OSError:
        return False


def memory(page: Page, *, short: bool = False) -> dict[str, Any]:
    """Measure memory and descriptors before and after many requests with new uploads, as far as the time allows."""
    warm_up, count, patience = (15, 30, 60.0) if short else (200, 1_000, 420.0)
    brief, begun = clip(CLIP_SECONDS), time.perf_counter()

    def ask(times: int) -> list[bool]:
        answered: list[bool] = []
        while len(answered) < times and time.perf_counter() - begun < patience:
            with page.client() as client:  # a new connection each time; the page must close it too
                answered.append(client.predict(client.upload(brief)) is not None)
        return answered

    warm = ask(warm_up)
    before = page.memory_megabytes, page.descriptors
    answered = ask(count)
    after = page.memory_megabytes, page.descriptors
    return {
        "warm_up_requests": len(warm),
        "requests": len(answered),
        "errors": [*warm, *answered].count(False),
        "megabytes_before": round(before[0], 1),
        "megabytes_after": round(after[0], 1),
        "kilobytes_per_request": round(1024 * (after[0] - before[0]) / max(1, len(answered)), 1),
        "descriptors_before": before[1],
        "descriptors_after": after[1],
    }
