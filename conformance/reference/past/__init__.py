"""What Linux did before it did what it does now: kernels that override one decision each.

``conformance.reference.releases`` says since which release each of these is past, and puts the kernel of a
release together.
"""
