"""Settings: where they come from, and which of them a production refuses."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from wrangler.config import DEVELOPMENT_SECRET, Settings, describe_settings, load_settings

GOOD_SECRET = "x" * 48


def test_the_example_file_names_every_setting_with_its_default():
    lines = Path(".env.example").read_text().splitlines()

    assert [line for line in lines if line.startswith("#") and "=" in line and line[1] != " "] == [
        f"#{name}={default}" for name, default, _ in describe_settings()
    ]


@pytest.mark.parametrize("secret", [DEVELOPMENT_SECRET, "too-short", ""])
def test_production_refuses_a_careless_secret(monkeypatch, secret):
    monkeypatch.setenv("WRANGLER_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", secret)

    with pytest.raises(ValidationError, match="SECRET_KEY must be set"):
        load_settings()


def test_production_refuses_every_origin(monkeypatch):
    monkeypatch.setenv("WRANGLER_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", GOOD_SECRET)
    monkeypatch.setenv("CORS_ORIGINS", "*")

    with pytest.raises(ValidationError, match="exact origins"):
        load_settings()


def test_a_setting_can_be_read_from_the_file_that_name_file_names(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(f"{GOOD_SECRET}\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))

    assert load_settings().secret_key.get_secret_value() == GOOD_SECRET


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_both_spellings_of_a_postgresql_address_name_the_driver(scheme):
    assert Settings(database_url=f"{scheme}://u@h/d").sqlalchemy_url == "postgresql+psycopg2://u@h/d"


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().log_level = "DEBUG"


def test_a_secret_is_not_printed():
    assert GOOD_SECRET not in repr(Settings(secret_key=GOOD_SECRET))
