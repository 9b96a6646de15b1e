"""Where requests go, and where a key never goes."""

import pytest

from stepasr_tui.core.errors import SettingsError
from stepasr_tui.core.stepfun.service import (
    MODELS,
    PLANS,
    REGIONS,
    cost,
    endpoint,
    is_loopback,
    listed_models,
)

HOSTS = {"cn": "https://api.stepfun.com", "intl": "https://api.stepfun.ai"}
PREFIXES = {"standard": "/v1", "step_plan": "/step_plan/v1"}


@pytest.mark.parametrize("region", HOSTS)
@pytest.mark.parametrize("plan", PREFIXES)
def test_the_contracts_addresses(region: str, plan: str) -> None:
    where = endpoint(region, plan)
    base = HOSTS[region] + PREFIXES[plan]
    assert (where.base, where.asr, where.models) == (
        base,
        base + "/audio/asr/sse",
        base + "/models",
    )
    assert (where.host, where.region, where.plan, where.own) == (
        HOSTS[region].removeprefix("https://"),
        region,
        plan,
        True,
    )
    assert REGIONS[region].console == HOSTS[region].replace("api", "platform") + "/interface-key"


def test_every_table_is_keyed_by_its_names() -> None:
    assert set(REGIONS) == set(HOSTS)
    assert {name: plan.prefix for name, plan in PLANS.items()} == PREFIXES
    assert all(set(model.plans) <= set(PREFIXES) for model in MODELS.values())
    assert MODELS["stepaudio-3-asr-max"].plans == ("standard",)


@pytest.mark.parametrize(
    ("given", "plan", "base", "real_plan"),
    [
        ("https://api.stepfun.com", "standard", "https://api.stepfun.com/v1", "standard"),
        ("https://x.example/", "step_plan", "https://x.example/step_plan/v1", "step_plan"),
        ("https://x.example/v1", "step_plan", "https://x.example/v1", "standard"),
        ("https://x.example/step_plan/v1/", "standard", "https://x.example/step_plan/v1", None),
        ("  https://x.example:8443/a/v1  ", "standard", "https://x.example:8443/a/v1", "standard"),
        ("HTTPS://X.Example", "standard", "https://x.example/v1", "standard"),
        ("http://127.0.0.1:8080", "standard", "http://127.0.0.1:8080/v1", "standard"),
        ("http://localhost:1/s", "standard", "http://localhost:1/s/v1", "standard"),
        ("http://[::1]:8080", "standard", "http://[::1]:8080/v1", "standard"),
        ("https://v1", "standard", "https://v1/v1", "standard"),
        ("https://xn--4gq.example", "standard", "https://xn--4gq.example/v1", "standard"),
    ],
)
def test_an_address_of_ones_own(given: str, plan: str, base: str, real_plan: str | None) -> None:
    where = endpoint("cn", plan, given)
    assert (where.base, where.plan, where.own) == (base, real_plan or "step_plan", False)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ("http://api.stepfun.com", "unencrypted"),
        ("http://192.168.0.1", "unencrypted"),
        ("http://0.0.0.0:80", "unencrypted"),
        ("http://127.0.0.1.example", "unencrypted"),
        ("http://localhost.example", "unencrypted"),
        ("HTTP://API.STEPFUN.COM", "unencrypted"),
        ("https://user:pass@x.example", "user name"),
        ("https://user@x.example", "user name"),
        ("https://@x.example", "user name"),
        ("https://api.stepfun.com\\@x.example", "user name"),
        ("https://x.example/v1?key=1", "query"),
        ("https://x.example/v1?", "query"),
        ("https://x.example/#top", "fragment"),
        ("https://x.example/a b", "space"),
        ("https://x.exa\tmple", "space"),
        ("https://x.example\r\nHost: y", "cannot be read"),
        ("https://x.exam\u00a0ple", "space"),
        ("x.example", "https://"),
        ("//x.example", "https://"),
        ("ftp://x.example", "https://"),
        ("https://", "https://"),
        ("https:///v1", "https://"),
        ("   ", "https://"),
        ("https://[::1", "cannot be read"),
        ("https://x.example:99999", "cannot be read"),
        ("https://x.example:port", "cannot be read"),
        ("https://x.example:0", "host or port"),
        ("https://аpi.stepfun.com", "letters"),
        ("https://x.example\\.stepfun.com", "host or port"),
        ("https://%61pi.stepfun.com", "host or port"),
        ("https://-x.example", "host or port"),
        ("https://x.example\x7f", "host or port"),
    ],
)
def test_an_address_that_a_key_must_not_go_to(given: str, cause: str) -> None:
    with pytest.raises(SettingsError, match="refused") as caught:
        endpoint("cn", "standard", given)
    assert cause in caught.value.cause
    assert "https://api.stepfun.com" in caught.value.remedy


def test_no_address_given_is_the_regions() -> None:
    assert endpoint("intl", "standard", "") == endpoint("intl", "standard", None)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("api.stepfun.com", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_what_is_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_cost_is_by_duration() -> None:
    assert cost("stepaudio-2.5-asr", 3600) == pytest.approx(0.15)
    assert cost("stepaudio-3-asr-max", 600) == pytest.approx(2.8 / 6)
    assert cost("unheard-of", 600) is None


def test_listed_models_of_any_answer() -> None:
    assert listed_models({"data": [{"id": "a"}, {"id": 7}, {}, "b", {"id": "c"}]}) == ("a", "c")
    odd: list[object] = [None, [], {}, {"data": None}, "x", 7]
    assert all(listed_models(answer) == () for answer in odd)
