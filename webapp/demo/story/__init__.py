"""A few weeks of trade, made up from a seed: the same seed, markets and dates tell the same story."""

from webapp.demo.story.happenings import DemoDelivery, DemoOrder, DemoParcels, DemoRefund, Happening
from webapp.demo.story.telling import story

__all__ = ["DemoDelivery", "DemoOrder", "DemoParcels", "DemoRefund", "Happening", "story"]
