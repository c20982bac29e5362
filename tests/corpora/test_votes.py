import pytest

from emotion_hf.corpora.votes import latest, learnable, majority


@pytest.mark.parametrize(
    ("labels", "best", "learned"),
    [
        ([], None, None),
        (["sad"], "sad", "sad"),
        (["sad", "calm"], None, None),
        (["sad", "calm", "sad"], "sad", "sad"),
        (["sad", "sad", "calm", "calm", "happy"], None, None),
        (["mixed", "mixed", "sad"], "mixed", None),
        (["mixed", "sad"], None, None),
    ],
)
def test_more_votes_than_any_other_decide(labels, best, learned):
    opinions = {str(number): label for number, label in enumerate(labels)}
    assert (majority(opinions), learnable(opinions)) == (best, learned)


def test_everybodys_latest_counts():
    assert latest([("anna", "sad"), ("", "calm"), ("anna", "happy"), ("", "sad")]) == {"anna": "happy", "": "sad"}
