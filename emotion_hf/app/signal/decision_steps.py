"""The steps from the model's scores to the prediction: standardisation, softmax, weighted cross-entropy, the rule.

Example:
    >>> from emotion_hf.signal_math import decide
    >>> from emotion_hf.testing import FakeClassifier, synthetic_voice
    >>> wave = synthetic_voice(1.0)
    >>> (prediction,) = FakeClassifier().predict([wave])
    >>> len(decision_steps(decide(prediction, FakeClassifier(), wave), prediction))
    3
"""

from __future__ import annotations

import numpy as np

from emotion_hf.app.answer import answer_html, with_face
from emotion_hf.app.signal import pictures
from emotion_hf.app.signal.step import Step, display, fixed, minus, number, table, tex, text
from emotion_hf.app.words import say
from emotion_hf.prediction import CLOSE_MARGIN, Prediction
from emotion_hf.signal_math import Decision, Head

SHOWN = 5


def decision_steps(decision: Decision | None, prediction: Prediction) -> list[Step]:
    """Return three steps, or one that says why there is no decision; the last one shows the prediction."""
    if decision is None:
        silent = say("The model finds no speech in this recording, so there are no probabilities.")
        return [Step(text(say("7 The decision"), silent))]
    return [
        _embedding(decision.head) if decision.head else _only_probabilities(),
        Step(_softmax(decision), _score_table(decision)),
        Step(_rule(decision), answer_html(prediction)),
    ]


def _only_probabilities() -> Step:
    known = say(
        "Only the probabilities p of this prediction are known here: the model gives nothing else, or the recording "
        "is long and p is the mean over its windows, or another model is active now. Logits count only up to a "
        "constant, so the logarithm of p serves as the logit z."
    )
    return Step(text(say("7 The decision"), known, display(r"z_i = \ln p_i")))


def _embedding(head: Head) -> Step:
    order = np.argsort(-np.abs(head.standardised))[:SHOWN]
    most = order[0]
    words = text(
        say("7 The decision"),
        say(
            "The model turns the recording into an embedding x, and standardises it by the mean and the standard "
            "deviation of the training clips. A linear layer makes a logit z for each emotion, and the temperature T "
            "calibrates them."
        ),
        display(
            rf"\hat x_i = \frac{{x_i - \mu_i}}{{\sigma_i}},\quad \hat x_{{{most}}} = \frac{{"
            rf"{tex(head.embedding[most], 3)} {minus(head.mean[most], 3)}}}{{{tex(head.deviation[most], 3)}}} = "
            rf"{tex(head.standardised[most], 3)}",
            rf"z = \frac{{W\hat x + b}}{{T}},\quad \hat x \in \mathbb{{R}}^{{{len(head.embedding)}}},\quad "
            rf"T = {tex(head.temperature)}",
        ),
        *([say("Then the logits are corrected for the speaker's voice.")] if head.is_adapted else []),
    )
    columns = (head.embedding, head.mean, head.deviation, head.standardised)
    rows = ((f"x<sub>{i}</sub>", *(number(column[i], 3) for column in columns)) for i in order)
    largest = table(say("The largest standardised values"), ("", "x", "μ", "σ", "x̂"), rows)
    return Step(words, pictures.standardised_svg(head) + largest)


def _softmax(decision: Decision) -> str:
    chosen, total = decision.chosen, tex(decision.exponentials.sum())
    return text(
        say("Softmax"),
        say("Softmax turns the logits into probabilities: positive numbers that sum to 1."),
        display(
            r"p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}",
            rf"\max p = \frac{{e^{{{tex(decision.logits[chosen])}}}}}{{{total}}} = "
            rf"\frac{{{tex(decision.exponentials[chosen])}}}{{{total}}} = {tex(decision.probabilities[chosen])}",
            rf"\sum_i p_i = {fixed(decision.probabilities.sum(), '.6f')}",
        ),
        level=3,
    )


def _rule(decision: Decision) -> str:
    best, second, *_ = [*sorted(decision.probabilities, reverse=True), 0.0]
    threshold = decision.not_sure_below
    reached = r"\ge" if decision.is_sure else "<"
    known = (
        [] if threshold is None else [rf"\max p = {fixed(best, '.3f')} {reached} \theta = {fixed(threshold, '.3f')}"]
    )
    apart = ">" if best - second > CLOSE_MARGIN else r"\le"
    return text(
        say("Cross-entropy and the rule"),
        say(
            "Training minimises the weighted cross-entropy: the less probable the true emotion y is, the larger the "
            "loss. The table has the loss L for each emotion, as if it were the true one. For the predicted one:"
        ),
        display(
            r"L = -w_y \ln p_y",
            rf"L = -{tex(decision.weights[decision.chosen])} \cdot \ln {tex(best)} = "
            rf"{tex(decision.losses[decision.chosen])}",
        ),
        say(
            "The prediction is the most probable emotion. Below the threshold θ it is “not sure”. A second emotion is "
            "named too if its probability is close."
        ),
        display(
            *known,
            rf"p_{{(1)}} - p_{{(2)}} = {fixed(best - second, '.3f')} {apart} {tex(CLOSE_MARGIN)}",
        ),
        level=3,
    )


def _score_table(decision: Decision) -> str:
    columns = (decision.logits, decision.exponentials, decision.probabilities, decision.weights, decision.losses)
    rows = (
        (with_face(decision.labels[i]), *(number(column[i], 3) for column in columns))
        for i in np.argsort(-decision.probabilities)
    )
    return table(say("All emotions"), ("", "z", "e<sup>z</sup>", "p", "w", "L"), rows)
