"""A market as large as one gets: products, orders and all that belongs to them, written by the database itself in a few
large statements, with every row that the house would have written. `market check` holds of it.

It is furniture of the bench and no command of `market`: what an operator runs must not be able to invent a million orders.
"""
