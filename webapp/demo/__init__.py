"""The demo: two markets with their goods, their pictures and a few weeks of trade, all written for this project."""
