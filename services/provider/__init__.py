"""The test payment provider: a small HTTP service with a ledger of its own, the independent witness of what was charged.

It imports nothing but Python's standard library, so that a mistake in the market cannot also be a mistake in its witness.
README.md beside this file is its API.
"""
