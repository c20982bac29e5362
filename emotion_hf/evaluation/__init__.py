"""Honest figures: metrics, evaluation of any Classifier, reports and pictures."""
