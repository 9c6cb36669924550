"""What runs beside the market: how the real servers start, and the test payment provider."""
