import os
from dataclasses import dataclass, field
import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    base_url: str
    source: str
    key: str = field(repr=False)
    proxy: object = None

    @property
    def secrets(self):
        return (self.key,)

    @property
    def secret(self):
        return self

    def renew(self):
        return False

    how_to_sign_in = "x"

    def auth(self):
        return httpx.BasicAuth("api", self.key)

    def header(self):
        import base64

        return "Basic " + base64.b64encode(f"api:{self.key}".encode()).decode()

    def authorization(self):
        return self.header()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    base_url: str
    entity: str | None
    project: str | None


def settings():
    return Settings(
        base_url=os.environ["WANDB_BASE_URL"],
        entity=os.environ.get("WANDB_ENTITY"),
        project=os.environ.get("WANDB_PROJECT"),
    )


def credentials_for(base_url):
    return Credentials(base_url=base_url, source="env", key=os.environ["WANDB_API_KEY"])


def api_url(page):
    from urllib.parse import urlsplit

    p = urlsplit(page)
    return f"{p.scheme}://{p.netloc}"
