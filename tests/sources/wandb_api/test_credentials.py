"""The right key for the right server, and no key for any other."""

import json
import subprocess
import sys

import pytest

from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import SignInError, UsageError
from wbtools.sources.wandb_api.api_keys import ApiKey
from wbtools.sources.wandb_api.credentials import api_url, credentials_for, settings

KEY, OTHER, THIRD = "a1" * 20, "b2" * 20, "local-" + "c3" * 20
HERE = "https://wandb.corp.example"
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln"


def lay_out(home, *, env=None, netrc=None, user=None, local=None, base_url=HERE):
    """Write what a user's machine holds; its environment variables."""
    (home / "work").mkdir(parents=True, exist_ok=True)
    for path, text in (
        (home / ".netrc", netrc),
        (home / ".config" / "wandb" / "settings", user),
        (home / "work" / "wandb" / "settings", local),
    ):
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return {**({"WANDB_BASE_URL": base_url} if base_url else {}), **(env or {})}


@pytest.fixture
def machine(home, monkeypatch):
    """Make this machine such a one."""

    def write(**facts):
        for name, value in lay_out(home, **facts).items():
            monkeypatch.setenv(name, value)

    return write


def netrc(host, key):
    return f"machine {host}\n  login user\n  password {key}\n"


MACHINES = {
    "nothing": ({}, None, None),
    "the environment": ({"env": {"WANDB_API_KEY": KEY}}, KEY, "WANDB_API_KEY"),
    "netrc": ({"netrc": netrc("wandb.corp.example", KEY)}, KEY, ".netrc"),
    "netrc's default": ({"netrc": f"default login user password {KEY}\n"}, KEY, ".netrc"),
    "netrc of another host": ({"netrc": netrc("api.wandb.ai", KEY)}, None, None),
    "netrc of another port": ({"netrc": netrc("wandb.corp.example:8080", KEY)}, None, None),
    "netrc without a password": ({"netrc": "machine wandb.corp.example login user\n"}, None, None),
    "the user's settings": ({"user": f"[default]\napi_key = {KEY}\n"}, KEY, "settings file"),
    "both, the environment wins": (
        {"env": {"WANDB_API_KEY": KEY}, "netrc": netrc("wandb.corp.example", OTHER)},
        KEY,
        "WANDB_API_KEY",
    ),
    "an empty variable is none": (
        {"env": {"WANDB_API_KEY": ""}, "netrc": netrc("wandb.corp.example", OTHER)},
        OTHER,
        ".netrc",
    ),
    "a key of a company's server": ({"env": {"WANDB_API_KEY": THIRD}}, THIRD, "WANDB_API_KEY"),
    "a signed token for a key": ({"env": {"WANDB_API_KEY": JWT}}, JWT, "WANDB_API_KEY"),
    "a cloud key of an older client": (
        {
            "netrc": netrc("api.wandb.ai", KEY),
            "base_url": "https://api.forge.coreweave.com",
        },
        KEY,
        ".netrc",
    ),
}


@pytest.mark.parametrize(("facts", "key", "source"), MACHINES.values(), ids=MACHINES)
def test_the_configured_server(machine, facts, key, source):
    machine(**facts)
    base_url = settings().base_url
    if key is None:
        with pytest.raises(SignInError, match=f"not signed in to {base_url}") as caught:
            credentials_for(base_url)
        assert f"wandb login --host={base_url}" in caught.value.hint
        assert "WANDB_API_KEY" in caught.value.hint
        assert caught.value.exit_code == 4
        return
    found = credentials_for(base_url)
    assert (found.base_url, found.secret.header()) == (base_url, ApiKey(key).header())
    assert found.source.endswith(source)


ASK_THE_SDK = """
import json, os, sys
from wandb.sdk import wandb_setup
from wandb.sdk.lib import wbauth

answers = {}
for name, home, env in json.load(sys.stdin):
    for known in [one for one in os.environ if one.startswith("WANDB_")]:
        del os.environ[known]
    os.environ.update(env, HOME=home)
    os.chdir(home + "/work")
    wandb_setup.teardown()
    known = wandb_setup.singleton().settings
    try:
        auth = wbauth.authenticate_session(
            host=known.base_url, source="t", prompt=False, update_session=False
        )
        key = getattr(auth, "api_key", None)
    except wbauth.authenticate.AuthenticationError:
        key = None
    answers[name] = known.base_url, known.entity, known.project, key
print(json.dumps(answers))
"""
SETTINGS = {
    "entity and project of both files": {
        "user": "[default]\nentity = mine\nproject = user\napi_key = " + KEY,
        "local": "[default]\nproject = local\n",
    },
    "the environment before files": {
        "user": f"[default]\nentity = mine\nbase_url = {HERE}/\n",
        "env": {"WANDB_ENTITY": "theirs", "WANDB_PROJECT": "p", "WANDB_API_KEY": KEY},
        "base_url": None,
    },
    "the client's own default": {"netrc": netrc("api.wandb.ai", KEY), "base_url": None},
    "a broken settings file": {"user": "entity = mine\n", "netrc": "nonsense here"},
    "both sorts of variables": {
        "env": {"WANDB_API_KEY": KEY, "WANDB_IDENTITY_TOKEN_FILE": "/nowhere"}
    },
    "a short key": {"env": {"WANDB_API_KEY": "short"}},
}


ALL = {**{name: facts for name, (facts, _, _) in MACHINES.items()}, **SETTINGS}


@pytest.fixture(scope="module")
def the_sdk(tmp_path_factory):
    """What W&B's own client finds on each machine, in one process of its own."""
    asked = []
    for n, (name, facts) in enumerate(ALL.items()):
        home = tmp_path_factory.mktemp(f"machine{n}")
        asked.append((name, str(home), lay_out(home, **facts)))
    result = subprocess.run(
        [sys.executable, "-c", ASK_THE_SDK],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ALL)
def test_w_and_bs_own_client_finds_the_same(machine, the_sdk, name):
    machine(**ALL[name])
    base_url, entity, project, key = the_sdk[name]
    ours = settings()
    assert (ours.base_url, ours.entity, ours.project) == (base_url, entity, project)
    if key is None:
        with pytest.raises(SignInError):
            credentials_for(base_url)
    else:
        assert credentials_for(base_url).secret.header() == ApiKey(key).header()


@pytest.mark.parametrize(
    "facts",
    [
        {"env": {"WANDB_API_KEY": KEY}},
        {"netrc": netrc("wandb.corp.example", KEY) + f"default login user password {KEY}\n"},
        {"user": f"[default]\napi_key = {KEY}\n"},
        {"netrc": netrc("evil.example:8443", KEY) + netrc("example", KEY)},
        {"env": {"WANDB_IDENTITY_TOKEN_FILE": "/nowhere"}},
    ],
    ids=["environment", "netrc with a default", "settings", "netrc of its neighbours", "token"],
)
@pytest.mark.parametrize(
    "host", ["https://evil.example", "https://wandb.corp.example:8443", "http://127.0.0.1:9"]
)
def test_another_host_gets_no_key_of_this_one(machine, facts, host):
    machine(**facts)
    with pytest.raises(SignInError, match=f"not signed in to {host}") as caught:
        credentials_for(host)
    assert f"is taken for {HERE} only" in caught.value.hint


def test_another_host_gets_its_own_key(machine):
    both = netrc("wandb.corp.example", KEY) + netrc("wandb.example:8443", OTHER)
    machine(env={"WANDB_API_KEY": KEY}, netrc=both)
    found = credentials_for("https://wandb.example:8443/")
    assert found.base_url == "https://wandb.example:8443"
    assert found.secret.header() == ApiKey(OTHER).header()


def test_a_key_goes_over_no_open_line(machine):
    machine(netrc=netrc("wandb.example", KEY))
    with pytest.raises(UsageError, match=r"http://wandb\.example has no TLS"):
        credentials_for("http://wandb.example")


def test_the_configured_server_may_have_no_tls(machine):
    machine(env={"WANDB_API_KEY": KEY}, base_url="http://wandb.corp.example:8080")
    assert credentials_for("http://wandb.corp.example:8080").source == "WANDB_API_KEY"


@pytest.mark.parametrize("where", ["http://localhost:9", "http://127.0.0.5:9", "http://[::1]:9"])
def test_this_machine_needs_no_tls(machine, where):
    machine(netrc=netrc(where.removeprefix("http://"), KEY))
    assert credentials_for(where).base_url == where


CLOUD, FORGE = "https://api.wandb.ai", "https://api.forge.coreweave.com"
PAGES = {
    "the configured server's": (HERE, f"{HERE}/e/p/sweeps/ab12", HERE),
    "its host in capitals": (HERE, "https://WANDB.corp.example/e/p", HERE),
    "without TLS in the address": (HERE, "http://wandb.corp.example/e/p", HERE),
    "on another port": (HERE, "https://wandb.corp.example:8/e/p", f"{HERE}:8"),
    "of the cloud": (CLOUD, "https://wandb.ai/e/p/sweeps/ab12?nw=x#y", CLOUD),
    "of the cloud by its other name": (FORGE, "https://wandb.ai/e/p", FORGE),
    "of the cloud's new name": (CLOUD, "https://forge.coreweave.com/wandb/e/p", CLOUD),
    "of the cloud, elsewhere configured": (HERE, "https://wandb.ai/e/p", CLOUD),
    "of an app host": (
        "https://api.co.example",
        "https://app.co.example/e",
        "https://api.co.example",
    ),
    "of a dedicated cloud": ("https://api.wandb.co", "https://wandb.co/e", "https://api.wandb.co"),
    "of another host": (HERE, "https://other.example/e/p", "https://other.example"),
    "that looks alike": (
        HERE,
        "https://wandb.corp.example.evil.example/",
        "https://wandb.corp.example.evil.example",
    ),
    "with a name in it": (
        HERE,
        "https://wandb.corp.example@evil.example/e",
        "https://evil.example",
    ),
    "of a subdomain": (CLOUD, "https://evil.wandb.ai/e/p", "https://evil.wandb.ai"),
    "on this machine": (HERE, "http://localhost:8080/e/p", "http://localhost:8080"),
}


@pytest.mark.parametrize(("configured", "page", "api"), PAGES.values(), ids=PAGES)
def test_the_api_behind_a_page(machine, configured, page, api):
    machine(base_url=configured)
    assert api_url(page) == api


def test_pages_may_have_a_host_of_their_own(machine):
    machine(env={"WANDB_APP_URL": "https://pages.example"})
    assert api_url("https://pages.example/e/p") == HERE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "wandb.ai/e/p",
        "ftp://host",
        "https://",
        "https://a b/",
        "https://x:99999",
        "https://[x",
        "https://a;rm/",
    ],
)
def test_no_address(machine, text):
    machine()
    with pytest.raises(UsageError, match="not an address of a W&B server"):
        api_url(text)


def test_what_is_configured_may_be_no_address(machine):
    machine(base_url=f"https://user:{KEY}@host:port")
    with pytest.raises(UsageError) as caught:
        settings()
    assert KEY not in str(caught.value)


def test_a_login_in_this_process_counts(machine, monkeypatch):
    machine(env={"WANDB_API_KEY": OTHER})

    class Login:
        @staticmethod
        def session_credentials(*, host):
            return ApiKeyOfTheSdk() if host == HERE else None

    class ApiKeyOfTheSdk:
        api_key = KEY

    monkeypatch.setitem(sys.modules, "wandb.sdk.lib.wbauth", Login)
    assert credentials_for(HERE).secret.header() == ApiKey(KEY).header()
    with pytest.raises(SignInError):
        credentials_for("https://other.example")


def test_proxies_of_w_and_bs_settings(machine):
    machine(
        env={"WANDB_API_KEY": KEY},
        user="[default]\nhttps_proxy = http://proxy.example:3128\nhttp_proxy = http://no\n",
    )
    assert credentials_for(HERE).proxy == "http://proxy.example:3128"


def test_an_unreadable_netrc_is_told(machine, home):
    machine()
    (home / ".netrc").mkdir()
    with pytest.raises(SignInError, match=r"\.netrc cannot be read"):
        credentials_for(HERE)


EXCHANGE = """
import json, sys
from wbtools.errors import WbtoolsError
from wbtools.sources.wandb_api.credentials import credentials_for
from wbtools.sources.wandb_api.transport import Transport
try:
    found = credentials_for(sys.argv[1])
    with Transport(found) as asked:
        data = asked.ask("{ok}", {}).data
    print(json.dumps([found.source, data, list(found.secrets), repr(found)]))
except WbtoolsError as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


@pytest.mark.parametrize("status", [200, 400])
def test_an_identity_token_is_exchanged_by_w_and_bs_client(machine, home, status):
    token = home / "token.jwt"
    token.write_text(JWT)

    def answer(_method, path, headers, body):
        if path == "/oidc/token":
            assert JWT.encode() in body
            return Said(status, b'{"access_token": "opensesame", "expires_in": 3600}')
        allowed = headers.get("Authorization") == "Bearer opensesame"
        return Said() if allowed else Said(401, b"{}")

    with odd_server(answer) as server:
        machine(base_url=server.base_url, env={"WANDB_IDENTITY_TOKEN_FILE": str(token)})
        result = subprocess.run(
            [sys.executable, "-c", EXCHANGE, server.base_url],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    said = json.loads(result.stdout)
    assert (result.stderr, len(result.stdout.splitlines())) == ("", 1)
    if status == 200:
        source, data, secrets, shown = said
        assert (source, data) == (f"identity token file {token}", {"ok": True})
        assert secrets == ["opensesame"]
        assert "opensesame" not in shown
    else:
        assert said[0] == "SignInError"
        assert "no access token" in said[1]
