"""Metrics, evaluation of any Classifier, reports and pictures."""
