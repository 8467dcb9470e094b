"""Settings: where they come from, and which of them a production refuses."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from wrangler.config import DEVELOPMENT_SECRET, Settings, describe_settings, load_settings
from wrangler.errors import InvalidSettings

GOOD_SECRET = "x" * 48
WANTED_DATABASE = "must look like postgresql://user:password@host/name or be empty"


def test_the_example_file_names_every_setting_with_its_default():
    lines = Path(".env.example").read_text().splitlines()

    assert [line for line in lines if line.startswith("#") and "=" in line and line[1] != " "] == [
        f"#{name}={default}" for name, default, _ in describe_settings()
    ]


@pytest.mark.parametrize("secret", [DEVELOPMENT_SECRET, "too-short", ""])
def test_production_refuses_a_careless_secret(monkeypatch, secret):
    monkeypatch.setenv("WRANGLER_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", secret)

    with pytest.raises(
        InvalidSettings, match=r"^SECRET_KEY: is not set, .* must be at least 32 random bytes in production"
    ):
        load_settings()


def test_production_refuses_every_origin(monkeypatch):
    monkeypatch.setenv("WRANGLER_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", GOOD_SECRET)
    monkeypatch.setenv("CORS_ORIGINS", "*")

    with pytest.raises(InvalidSettings, match=r"^CORS_ORIGINS: .* exact origins"):
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


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("ACCESS_TOKEN_SECONDS", "20", "ACCESS_TOKEN_SECONDS: '20' is too small, must be at least 60"),
        ("JOB_POLL_SECONDS", "0", "JOB_POLL_SECONDS: '0' is too small, must be more than 0.0"),
        ("JOB_POLL_SECONDS", "2", "JOB_POLL_SECONDS: '2' is too large, must be at most 1.0"),
        ("JOB_GRACE_SECONDS", "inf", "JOB_GRACE_SECONDS: 'inf' is not finite, must be a number"),
        ("DB_POOL_SIZE", "ten", "DB_POOL_SIZE: 'ten' is not a number, must be a whole number"),
        ("REGISTRATION_OPEN", "perhaps", "REGISTRATION_OPEN: 'perhaps' is not allowed, must be true or false"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: 'LOUD' is not allowed, must be DEBUG or INFO or WARNING or ERROR"),
        (
            "WRANGLER_ENV",
            "prod",
            "WRANGLER_ENV: 'prod' is not allowed, must be 'development', 'testing' or 'production'",
        ),
        ("RATELIMIT_AUTH", "often", "RATELIMIT_AUTH: 'often' is not a limit, must look like '30 per minute'"),
        (
            "WRANGLER_DATA_DIR",
            __file__,
            f"WRANGLER_DATA_DIR: {__file__[:60]!r} is not a folder, must name one, or one that can be made",
        ),
        (
            "REDIS_URL",
            "http://:hidden@host",
            "REDIS_URL: is not an address of Redis, must look like redis://host:6379/0 or be empty",
        ),
        (
            "DATABASE_URL",
            "postgresql://u:hidden@host:port/name",
            f"DATABASE_URL: is not an address of a database, {WANTED_DATABASE}",
        ),
        (
            "DATABASE_URL",
            "mysql://u:hidden@host/name",
            f"DATABASE_URL: is neither PostgreSQL nor SQLite, {WANTED_DATABASE}",
        ),
        (
            "DATABASE_URL",
            "postgresql+pg8000://u:hidden@host/name",
            f"DATABASE_URL: names a driver that is not installed, {WANTED_DATABASE}",
        ),
        (
            "SECRET_KEY_FILE",
            "/nowhere/secret",
            "SECRET_KEY_FILE: cannot be read (No such file or directory), must name a readable text file",
        ),
    ],
)
def test_a_setting_that_is_refused_is_named_with_what_would_be_right(monkeypatch, name, value, fault):
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidSettings) as refusal:
        load_settings()

    assert refusal.value.faults == [fault]


def test_all_faults_are_named_at_once_with_a_line_each(monkeypatch):
    monkeypatch.setenv("WRANGLER_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", "too-short")
    monkeypatch.setenv("CORS_ORIGINS", "*")
    monkeypatch.setenv("ACCESS_TOKEN_SECONDS", "20")

    with pytest.raises(InvalidSettings) as refusal:
        load_settings()

    assert [fault.partition(":")[0] for fault in refusal.value.faults] == [
        "SECRET_KEY",
        "CORS_ORIGINS",
        "ACCESS_TOKEN_SECONDS",
    ]
    assert "too-short" not in refusal.value.message
