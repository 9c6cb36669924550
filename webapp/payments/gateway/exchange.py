"""One request and its answer, bounded as a whole: in time, and in bytes."""

from __future__ import annotations

import time

import httpx

LARGEST_ANSWER = 64 * 1024


def exchange(
    client: httpx.Client, request: httpx.Request, seconds: float, most: int = LARGEST_ANSWER
) -> tuple[httpx.Response, bytes]:
    """Send a request; returns the answer's head and its body, within so many seconds from now
    and so many bytes.

    Raises httpx.HTTPError: ConnectError, ConnectTimeout and PoolTimeout are before anything was sent.
    """
    # httpx bounds each read, not their sum: a provider that trickles must not hold a thread for longer than the rest.
    end = time.monotonic() + seconds
    answer = client.send(request, stream=True)
    try:
        raw = b""
        for piece in answer.iter_bytes():
            raw += piece
            if len(raw) > most:
                raise httpx.RemoteProtocolError("the answer is too large")
            if time.monotonic() > end:
                raise httpx.ReadTimeout("the answer took too long")
        return answer, raw
    finally:
        answer.close()
