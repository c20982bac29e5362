"""Features kept on disk: found again by content, apart by settings, whole after damage and among several processes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from emotion_hf.baselines.cache import CachedFeatures
from emotion_hf.errors import SettingsError


class Moments:
    """Features that count how often they are asked."""

    names, groups = ("mean", "deviation"), ("level", "level")

    def __init__(self, version: int = 1):
        self.settings = {"moments": version}
        self.asked = 0

    def __call__(self, waves):
        self.asked += len(waves)
        return np.array([[wave.mean(), wave.std()] for wave in waves], dtype=np.float32)


WAVES = [np.random.default_rng(seed).standard_normal(1000).astype(np.float32) for seed in range(6)]


def test_the_same_samples_are_computed_once(tmp_path):
    moments = Moments()
    first = CachedFeatures(moments, tmp_path)([*WAVES, WAVES[0]])
    again = CachedFeatures(moments, tmp_path)(WAVES)
    assert moments.asked == 6
    np.testing.assert_array_equal(again, first[:6])
    np.testing.assert_array_equal(first[6], first[0])
    np.testing.assert_array_equal(first[:6], moments(WAVES))


def test_other_samples_or_settings_are_something_else(tmp_path):
    CachedFeatures(Moments(), tmp_path)(WAVES[:1])
    changed, newer = Moments(), Moments(version=2)
    CachedFeatures(changed, tmp_path)([np.nextafter(WAVES[0], 1)])
    CachedFeatures(newer, tmp_path)(WAVES[:1])
    assert changed.asked == newer.asked == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY\x01\x00v", b"cut", np.zeros(3, np.float32), np.array([{}], dtype=object)], ids=repr
)
def test_a_damaged_file_is_made_anew(tmp_path, content):
    expected = CachedFeatures(Moments(), tmp_path)(WAVES[:1])
    (file,) = tmp_path.rglob("*.npy")
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        np.save(file, content, allow_pickle=True)
    moments = Moments()
    for _ in range(2):
        np.testing.assert_array_equal(CachedFeatures(moments, tmp_path)(WAVES[:1]), expected)
    assert moments.asked == 1


def test_several_may_write_at_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(lambda _: CachedFeatures(Moments(), tmp_path)(WAVES), range(16)))
    for table in tables:
        np.testing.assert_array_equal(table, Moments()(WAVES))
    assert len(list(tmp_path.rglob("*.npy"))) == 6 and not list(tmp_path.rglob("*.part"))


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="use another folder"):
        CachedFeatures(Moments(), tmp_path / "file" / "cache")
