"""The verdict: an author's expectation, the reference kernel and a target, brought together.

``expectations`` and ``compare`` find differences, ``judge`` names the verdict of one case, ``drive`` runs
a stream of cases on a target.
"""
