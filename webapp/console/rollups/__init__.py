"""What the log adds up to, per market and day (UTC): orders, money, outcomes by reason, time in each step, units per product.

A timer counts new facts a batch at a time (`commands.py`), and recounts a day whose count differs from the log's. Pages
read only the sums (`queries.py`): a year of orders costs them a year of days.
"""
