"""The words, formulas, numbers and pictures of the tab "Signal".

``frame_steps`` goes from the waveform to the cepstrum, ``tract_steps`` from linear prediction to the formants, and
``decision_steps`` from the model's scores to the prediction. ``pictures`` draws what stands beside them.
"""
