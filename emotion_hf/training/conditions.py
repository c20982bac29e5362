"""Acoustic conditions that a model may have a last layer of its own for: noise and the telephone.

Example:
    >>> of_condition(AugmentationRecipe(), "telephone").telephone_probability
    1.0
"""

from __future__ import annotations

from dataclasses import replace

from emotion_hf.recipes import AugmentationRecipe

NONE = "none"
CONDITIONS = ("noise", "telephone")
SNR_DB = [3.0, 18.0]
SOME_NOISE = 0.15  # of the clips that go through a telephone


def of_condition(recipe: AugmentationRecipe, condition: str) -> AugmentationRecipe:
    """Return a recipe's augmentation for clips that are all in one of `CONDITIONS`, or, for `NONE`, in neither.

    Rooms, other microphones and codecs are as often as in the recipe.
    """
    if condition == "noise":
        return replace(
            recipe,
            noise_probability=0.7 if recipe.noise else 0.0,
            white_noise_probability=0.5 if recipe.noise else 1.0,
            noise_snr_db=SNR_DB,
            white_noise_snr_db=SNR_DB,
            telephone_probability=0.0,
        )
    a_little = SOME_NOISE if condition == "telephone" else 0.0
    return replace(
        recipe,
        noise_probability=a_little if recipe.noise else 0.0,
        white_noise_probability=a_little,
        telephone_probability=1.0 if condition == "telephone" else 0.0,
    )
