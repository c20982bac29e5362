"""The moving average of the weights: its arithmetic, what is evaluated and saved, and what an interruption keeps."""

import torch
from safetensors.torch import load_file
from transformers import TrainerCallback

from emotion_hf.training.gradient.average import WEIGHTS_IN_TRAINING
from emotion_hf.training.resume import last_checkpoint


class Weights(TrainerCallback):
    """Notes one weight and one buffer after each step, and those that are evaluated."""

    def __init__(self):
        self.steps, self.evaluated = [], []

    def on_step_end(self, args, state, control, model, **_):
        self.steps.append(self.of(model))

    def on_evaluate(self, args, state, control, model, **_):
        self.evaluated.append(self.of(model))

    @staticmethod
    def of(model) -> torch.Tensor:
        norm = model.backbone.norms[0]
        return torch.cat([norm.weight.detach().clone(), norm.running_mean.clone()])


def test_the_average_is_evaluated_and_saved(make_trainer, tmp_path):
    trainer, weights = make_trainer("training.ema_decay=0.3", "training.learning_rate=0.05"), Weights()
    start = weights.of(trainer.model)
    trainer.add_callback(weights)
    trainer.train()
    average, averages = start, []
    for step, latest in enumerate(weights.steps):
        decay = min(0.3, (1 + step) / (10 + step))
        average = decay * average + (1 - decay) * latest
        averages.append(average)
    torch.testing.assert_close(weights.evaluated, [averages[1], averages[3]])  # two steps an epoch
    assert (weights.evaluated[1] - weights.steps[3]).abs().max() > 1e-4
    assert trainer.model.backbone.norms[0].num_batches_tracked == trainer.state.best_global_step

    folder = last_checkpoint(tmp_path / "run")
    saved, in_training = load_file(folder / "model.safetensors"), load_file(folder / WEIGHTS_IN_TRAINING)
    torch.testing.assert_close(saved["backbone.norms.0.weight"], averages[3][:4])
    torch.testing.assert_close(in_training["backbone.norms.0.weight"], weights.steps[3][:4])


def test_without_validation_the_average_is_the_model(make_trainer):
    results = []
    for decay in (0.0, 0.99):
        trainer, weights = make_trainer(f"training.ema_decay={decay}", "data.validation=0"), Weights()
        trainer.add_callback(weights)
        trainer.train()
        results.append((weights.of(trainer.model), weights.steps))
    (last, steps), (average, same_steps) = results
    torch.testing.assert_close(steps, same_steps)  # averaging does not change how the weights are found
    torch.testing.assert_close(last, steps[-1])
    assert (average - last).abs().max() > 1e-4
