"""The schema of the config file: defaults, profiles, and the example file."""

import re
import tomllib
from decimal import Decimal
from operator import attrgetter
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import load, parse
from kling_tui.config.settings import (
    Config,
    GatewayConfig,
    PollConfig,
    PriceConfig,
    ProfileConfig,
    ViewConfig,
)
from kling_tui.config.tables import Section
from kling_tui.demo import SETTINGS
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Price
from tests.support.config_files import CLEARTEXT_URL, FILE, SECRET, config_errors, config_with

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


class TestDefaults:
    """The settings of files that leave some or all of them out."""

    def test_empty_file(self) -> None:
        """Every default is the documented one."""
        config = parse("", FILE)
        assert config == Config()
        assert config.gateway == GatewayConfig(
            "https://gateway.pixazo.ai",
            insecure=False,
            key="",
            key_command="",
            timeout=10.0,
            concurrency=8,
        )
        assert config.poll == PollConfig(first=5.0, slowest=15.0, jitter=0.2)
        assert config.price.i2v == Price(Decimal("0.35"), 5)
        assert config.price.o1 == Price(Decimal("0.90"), None)
        assert (config.jobs.file, config.downloads.dir, config.downloads.auto) == ("", "", False)
        assert config.downloads.name == "{label}-{kind}-{id}-{n}.mp4"
        assert (config.notify.bell, config.notify.desktop) == (True, False)
        assert (config.notify.toast, config.notify.command) == (True, ())
        assert config.preview.bytes_per_second == 0
        assert (config.ui.theme, config.ui.mouse, config.ui.output) == (
            "textual-dark",
            True,
            "lean",
        )
        assert config.keys == {}

    def test_missing_settings_keep_their_defaults(self) -> None:
        """One setting changes nothing else."""
        config = config_with("gateway", "timeout = 3")
        assert config == Config(gateway=GatewayConfig(timeout=3.0))
        assert isinstance(config.gateway.timeout, float)

    def test_prices_of_the_built_in_endpoints(self) -> None:
        """Each built-in kind with prices has one, and no other kind."""
        priced = {kind for kind, endpoint in BUILT_IN.items() if endpoint.api}
        assert {field.name for field in fields(PriceConfig)} == priced
        assert all(Config().price.of(kind) for kind in priced)
        assert Config().price.of("other") is None


class TestExample:
    """The example file, which is the reference of the settings."""

    def test_values_are_the_defaults(self) -> None:
        """A copy of the file changes nothing."""
        assert load(EXAMPLE, required=True) == Config()

    @pytest.mark.parametrize(
        "section", [*(section.name for section in fields(Config)), "notify.push"]
    )
    def test_has_every_setting(self, section: str) -> None:
        """Each setting has its line in its section, possibly commented out."""
        text = EXAMPLE.read_text(encoding="utf-8")
        part = re.search(
            rf"^\[{re.escape(section)}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL
        )
        assert part, f"no [{section}]"
        value = attrgetter(section)(Config())
        for name in value.__struct_fields__ if isinstance(value, Struct) else []:
            if isinstance(getattr(value, name), Section):
                continue  # it has a section of its own
            assert re.search(rf"^(# )?{name} = ", part[1], re.MULTILINE), f"no {section}.{name}"
        if section == "price":
            assert all(f"{name} = " in part[1] for name in Price.__struct_fields__)

    def test_endpoint_has_every_setting(self) -> None:
        """Its example of an endpoint, uncommented, is that of the demo."""
        text = EXAMPLE.read_text(encoding="utf-8").split("[endpoints]\n")[1].split("\n[")[0]
        example = re.findall(r"^# (\[endpoints.*|\w+ = .*)$", text, re.MULTILINE)
        assert tomllib.loads("\n".join(example)) == tomllib.loads(SETTINGS)
        with pytest.raises(
            ConfigError, match="expected one of shape, path, title, id_pattern, price"
        ):
            parse("[endpoints.x]\nzzz = 1\n", FILE)
        assert len(example) == 6

    def test_view_has_every_setting(self) -> None:
        """Its example of a view, uncommented, is valid."""
        text = EXAMPLE.read_text(encoding="utf-8").split("[views]\n")[1].split("\n[")[0]
        example = "\n".join(re.findall(r"^# (\[views.*|\w+ = .*)$", text, re.MULTILINE))
        expected = ViewConfig("status:failed cost>0.5", "cost", reverse=False, key="6")
        assert parse(example, FILE).views == {"Costly failures": expected}
        assert len(example.splitlines()) == 1 + len(fields(ViewConfig))


class TestProfiles:
    """Other gateways, each with its own key."""

    def test_url_and_key_are_set_per_profile(self) -> None:
        """All other settings of [gateway] apply to all profiles."""
        config = parse(
            '[gateway]\nurl = "http://one.test"\nkey = "one"\ninsecure = true\ntimeout = 3\n'
            '[profile.studio]\nkey = "two"\n[profile.lab]\nurl = "http://lab.test/"\n',
            FILE,
        )
        assert config.gateways == {
            "": GatewayConfig("http://one.test", "one", insecure=True, timeout=3.0),
            "studio": GatewayConfig(GatewayConfig().url, "two", insecure=True, timeout=3.0),
            "lab": GatewayConfig("http://lab.test", insecure=True, timeout=3.0),
        }

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                f'[profile.studio]\nurl = "{CLEARTEXT_URL}"',
                f"profile.studio.url is '{CLEARTEXT_URL}'; expected https: by http the key",
            ),
            (
                f'[profile.studio]\nkey = "{SECRET}"\nkey_command = "{SECRET}"',
                "profile.studio.key_command is set; expected no key beside it",
            ),
            (
                f'[profile.studio]\nkey = "{SECRET} x"',
                "profile.studio.key is a string (not shown); expected printable ASCII characters",
            ),
            (
                "[profile.studio]\ntimeout = 3",
                "profile.studio.timeout is not a setting; expected one of url, key, key_command",
            ),
            (
                "[profile.default]",
                "profile.default is what [gateway] sets; expected another name for a profile",
            ),
            (
                '[profile."a b"]',
                "profile.'a b' is no name of a profile; expected a name of up to 20 letters",
            ),
            ("profile = 1", "profile is a number; expected a table"),
        ],
    )
    def test_problems_name_the_profile(self, text: str, message: str) -> None:
        """The same problems are found as in [gateway]."""
        (error,) = config_errors(text)
        assert error.startswith(f"{FILE}: {message}")

    def test_example_has_every_setting(self) -> None:
        """The example of a profile in the example file, uncommented, is valid."""
        text = EXAMPLE.read_text(encoding="utf-8").split("[profile]\n")[1].split("\n[")[0]
        shown = re.findall(r"^# (\[profile.*|\w+ = .*)$", text, re.MULTILINE)
        assert [line.split(" = ")[0] for line in shown] == [
            "[profile.studio]",
            *(setting.name for setting in fields(ProfileConfig)),
        ]
        without = [line for line in shown if not line.startswith("key_command")]
        assert parse("\n".join(without), FILE).profile == {"studio": ProfileConfig()}
