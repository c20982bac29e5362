"""httpx for tests, with a wait of a minute: the first page that a busy machine serves takes more than five seconds."""

from functools import partial

import httpx

SECONDS = 60

get = partial(httpx.get, timeout=SECONDS)
post = partial(httpx.post, timeout=SECONDS)
options = partial(httpx.options, timeout=SECONDS)
put = partial(httpx.put, timeout=SECONDS)
stream = partial(httpx.stream, timeout=SECONDS)
Client = partial(httpx.Client, timeout=SECONDS)
