"""Judging: which words of a ``Doc`` blame, decided by scikit-learn.

``corpus`` (labelled texts) and ``evidence`` (features of a ``Doc``) feed ``heads`` (estimators); ``judge`` runs them on
notes, ``training`` fits them, ``evaluation`` and ``baselines`` measure them, ``artefact`` keeps them.
"""
