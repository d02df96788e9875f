"""Losses: pure functions of logits and targets, one idea a file.

Each gives every picture of a batch the same weight, so that a batch cut in parts, or spread over
processes, has the same loss as the whole.
"""
