"""What the market can do on this machine: completed orders a second through the whole saga, beside the limit of plain SQL."""
