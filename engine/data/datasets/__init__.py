"""Data sets to train and score on: one file a data set or folder layout, found by registry.

A new one is one file with a class registered in DATASETS (dataset.py); the way in is
`open_dataset` (opening.py).
"""
