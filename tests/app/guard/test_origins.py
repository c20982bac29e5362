"""Names of the page, sites that may call it, and the client behind proxies."""

import pytest

from emotion_hf.app.guard.origins import Names, Proxies

NAMES = Names(("voices.example.org", "*.hf.space"))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:7860",
        "127.0.0.1:7860",
        "[::1]:7860",
        "192.168.1.5",
        "voices.example.org",
        "voices.example.org:8443",
        "someone-page.hf.space",
    ],
)
def test_the_page_answers_to_its_names_and_to_addresses(host):
    assert NAMES.answers_to(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "rebound.example.org",
        "voices.example.org.evil.example",
        "hf.space",
        "evilhf.space",
        "localhost.evil.example",
        "evil.example@localhost",
        "evil.example#localhost",
        "localhost/evil.example",
        "localhost:port",
        "[::1",
    ],
)
def test_any_other_name_is_refused(host):
    assert not NAMES.answers_to(host)


@pytest.mark.parametrize(
    ("host", "origin", "may"),
    [
        ("127.0.0.1:7860", "http://127.0.0.1:7860", True),
        ("voices.example.org", "https://voices.example.org", True),
        ("127.0.0.1:7860", "https://voices.example.org", True),  # a proxy that sends its own Host
        ("127.0.0.1:7860", "http://127.0.0.1:3000", False),
        ("127.0.0.1:7860", "http://localhost:7860", False),
        ("127.0.0.1:7860", "https://evil.example", False),
        ("127.0.0.1:7860", "null", False),
        ("127.0.0.1:7860", "", False),
        ("voices.example.org", "https://voices.example.org.evil.example", False),
        ("someone-page.hf.space", "https://someone-page.hf.space", True),
        ("someone-page.hf.space", "https://another-page.hf.space", False),
        ("voices.example.org", "file://voices.example.org", False),
    ],
)
def test_a_site_may_call_the_page_only_if_it_is_the_page(host, origin, may):
    assert NAMES.may_call({"host": host, "origin": origin}, "POST") is may


@pytest.mark.parametrize(
    ("method", "site", "mode", "may"),
    [
        ("POST", None, None, True),  # curl and gradio_client
        ("GET", "same-origin", "cors", True),
        ("GET", "none", "navigate", True),
        ("GET", "cross-site", "navigate", True),  # a link
        ("GET", "cross-site", "no-cors", False),  # an image whose address is the page's
        ("GET", "same-site", "no-cors", False),  # another server on this machine
        ("POST", "cross-site", "navigate", False),
    ],
)
def test_without_an_origin_the_browser_says_whose_request_it_is(method, site, mode, may):
    headers = {"host": "localhost"} | ({"sec-fetch-site": site, "sec-fetch-mode": mode} if site else {})
    assert NAMES.may_call(headers, method) is may


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ((), "127.0.0.1", ["1.1.1.1"], "127.0.0.1"),  # forged: nobody is trusted
        (("10.0.0.0/8",), "10.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
        (("10.0.0.0/8",), "10.0.0.1", ["6.6.6.6", "1.1.1.1, 10.2.2.2"], "1.1.1.1"),
        (("10.0.0.0/8",), "9.9.9.9", ["1.1.1.1"], "9.9.9.9"),
        (("10.0.0.0/8",), "10.0.0.1", [], "10.0.0.1"),
        (("*",), "10.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
        ((), "2001:db8::1", [], "2001:db8::/64"),
        ((), "2001:db8::ffff:1", [], "2001:db8::/64"),  # one client has all of them
    ],
)
def test_the_client_is_the_nearest_address_that_is_not_a_proxy(trusted, peer, forwarded, client):
    assert Proxies(trusted).client(peer, forwarded) == client


def test_what_is_no_network_is_found_at_the_start():
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        Proxies(("10.0.0.0/8", "proxy.example.org"))


def test_any_host_name_does_not_mean_any_origin():
    assert Names(("*",)).answers_to("voices.example.org")
    assert not Names(("*",)).may_call({"host": "voices.example.org", "origin": "https://evil.example"}, "POST")
