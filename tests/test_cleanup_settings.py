"""The settings of the clean-up that test_settings.py does not read through Settings."""

import pytest

from chalicelib.cleanup_settings import CleanupMode, read_cleanup
from chalicelib.environment import EnvironmentReader, SettingsError


def test_a_target_that_is_no_bucket_of_photos_is_refused() -> None:
    read = EnvironmentReader({"STAGE": "dev", "CLEANUP_TARGETS": "images,sanitized"})
    read_cleanup(read)
    with pytest.raises(SettingsError, match="not sanitized"):
        read.raise_problems()


@pytest.mark.parametrize(("stage", "mode"), [("dev", CleanupMode.EVERYTHING), ("prod", CleanupMode.EXPIRED)])
def test_a_mode_that_is_set_replaces_the_default_of_the_stage(stage: str, mode: CleanupMode) -> None:
    assert read_cleanup(EnvironmentReader({"STAGE": stage})).mode is mode
    assert read_cleanup(EnvironmentReader({"STAGE": stage, "CLEANUP_MODE": "off"})).mode is CleanupMode.OFF


@pytest.mark.parametrize(("given", "removed"), [({}, False), ({"CLEANUP_REMOVED": "true"}, True)])
def test_a_stage_has_a_clean_up_unless_it_was_removed(given: dict[str, str], *, removed: bool) -> None:
    assert read_cleanup(EnvironmentReader({"STAGE": "dev"} | given)).removed is removed
